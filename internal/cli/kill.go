package cli

import (
	"fmt"

	"github.com/urfave/cli/v2"
)

func (r *rt) killCommand() *cli.Command {
	return &cli.Command{
		Name:      "kill",
		Usage:     "send a signal to a container's first process, SIGTERM by default",
		ArgsUsage: "ID [SIGNAL]",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "all", Aliases: []string{"a"}, Usage: "signal every process of the container"},
		},
		Action: r.kill,
	}
}

func (r *rt) kill(c *cli.Context) error {
	name := "SIGTERM"
	switch c.NArg() {
	case 1:
	case 2:
		name = c.Args().Get(1)
	default:
		return fmt.Errorf("kill: %d arguments given, want the container's id and a signal", c.NArg())
	}
	sig, err := parseSignal(name)
	if err != nil {
		return err
	}
	container, err := r.store.Open(c.Args().First())
	if err != nil {
		return err
	}
	defer container.Close()
	return container.Signal(sig, c.Bool("all"))
}
