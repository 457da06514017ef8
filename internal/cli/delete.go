package cli

import "github.com/urfave/cli/v2"

func (r *rt) deleteCommand() *cli.Command {
	return &cli.Command{
		Name:      "delete",
		Usage:     "remove a container that has stopped or was never started",
		ArgsUsage: "ID",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "force", Aliases: []string{"f"}, Usage: "kill a container that runs; one that does not exist is no error"},
		},
		Action: func(c *cli.Context) error {
			id, err := oneArg(c)
			if err != nil {
				return err
			}
			return r.store.Delete(id, c.Bool("force"))
		},
	}
}
