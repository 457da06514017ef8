package cli

import "github.com/urfave/cli/v2"

func (r *rt) startCommand() *cli.Command {
	return &cli.Command{
		Name:         "start",
		ArgsUsage:    "ID",
		Usage:        "start the program of a created container",
		BashComplete: r.completeID,
		Action: func(c *cli.Context) error {
			keepInherited()
			return r.store.Start(c.Context, c.Args().First(), serviceManager())
		},
	}
}
