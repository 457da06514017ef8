package cli

import (
	"cmp"
	"context"

	"github.com/oci-rt/rt/libcontainer"
	"github.com/urfave/cli/v2"
)

func (r *rt) killCommand() *cli.Command {
	var all bool
	return &cli.Command{
		Name:      "kill",
		ArgsUsage: "ID [SIGNAL]",
		Usage:     "send a signal to a container's init process (default: SIGTERM)",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "all", Aliases: []string{"a"}, Usage: "send the signal to every process of the container", Destination: &all},
		},
		BashComplete: r.completeID,
		Action: func(c *cli.Context) error {
			return r.kill(c.Context, c.Args().First(), cmp.Or(c.Args().Get(1), "SIGTERM"), all)
		},
	}
}

func (r *rt) kill(ctx context.Context, id, signal string, all bool) error {
	sig, err := parseSignal(signal)
	if err != nil {
		return err
	}
	return r.with(id, func(c *libcontainer.Container) error { return c.Signal(ctx, sig, all) })
}
