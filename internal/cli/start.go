package cli

import "github.com/urfave/cli/v2"

func (r *rt) startCommand() *cli.Command {
	return &cli.Command{
		Name:      "start",
		Usage:     "execute the program of a created container",
		ArgsUsage: "ID",
		Action: func(c *cli.Context) error {
			id, err := oneArg(c)
			if err != nil {
				return err
			}
			return r.store.Start(id)
		},
	}
}
