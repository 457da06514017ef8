package cli

import "github.com/urfave/cli/v2"

func (r *rt) deleteCommand() *cli.Command {
	var force bool
	return &cli.Command{
		Name:      "delete",
		ArgsUsage: "ID",
		Usage:     "delete a container that has stopped or was never started",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "force", Aliases: []string{"f"}, Usage: "kill the container if it is running; succeed if it does not exist", Destination: &force},
		},
		BashComplete: r.completeID,
		Action: func(c *cli.Context) error {
			keepInherited()
			return r.store.Delete(c.Context, c.Args().First(), force)
		},
	}
}
