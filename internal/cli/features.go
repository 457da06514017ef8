package cli

import (
	"github.com/oci-rt/rt/spec"
	"github.com/urfave/cli/v2"
)

func featuresCommand() *cli.Command {
	return &cli.Command{
		Name:  "features",
		Usage: "print what this rt supports, as JSON",
		Action: func(c *cli.Context) error {
			return writeJSON(c.App.Writer, spec.Features())
		},
	}
}
