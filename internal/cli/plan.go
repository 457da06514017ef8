package cli

import (
	"fmt"

	"github.com/oci-rt/rt/libcontainer"
	"github.com/oci-rt/rt/spec"
	"github.com/urfave/cli/v2"
)

func (r *rt) planCommand() *cli.Command {
	return &cli.Command{
		Name:      "plan",
		Usage:     "print the program that would start a bundle's container",
		ArgsUsage: "[ID]",
		Description: "Every step is numbered and stands under the setting of config.json that it\n" +
			"comes from. Nothing is made and nothing runs.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "bundle", Aliases: []string{"b"}, Usage: "the bundle's `DIR`, the current one by default"},
			&cli.StringFlag{Name: "format", Aliases: []string{"f"}, Value: "text", Usage: "`text` or json"},
		},
		Action: r.plan,
	}
}

func (r *rt) plan(c *cli.Context) error {
	id := "plan"
	if c.NArg() > 0 {
		var err error
		if id, err = oneArg(c); err != nil {
			return err
		}
	}
	bundle, err := bundleDir(c)
	if err != nil {
		return err
	}
	s, err := spec.Load(bundle)
	if err != nil {
		return err
	}
	p, err := libcontainer.Plan(libcontainer.Config{ID: id, Bundle: bundle, Spec: s})
	if err != nil {
		return err
	}
	switch format := c.String("format"); format {
	case "text":
		return p.WriteText(c.App.Writer)
	case "json":
		return p.WriteJSON(c.App.Writer)
	default:
		return fmt.Errorf("--format: %q (want text or json)", format)
	}
}
