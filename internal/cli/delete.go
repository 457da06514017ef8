package cli

import "github.com/urfave/cli/v2"

func (r *rt) deleteCommand() *cli.Command {
	var force bool
	return &cli.Command{
		Name:      "delete",
		ArgsUsage: "ID",
		Usage:     "remove a container that has stopped or was never started",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "force", Aliases: []string{"f"}, Usage: "kill a container that runs; one that does not exist is no error", Destination: &force},
		},
		BashComplete: r.completeID,
		Action:       func(c *cli.Context) error { return r.store.Delete(c.Args().First(), force) },
	}
}
