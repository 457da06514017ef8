package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"

	"github.com/oci-rt/rt/libcontainer"
	"github.com/oci-rt/rt/spec"
	"github.com/urfave/cli/v2"
)

func (r *rt) planCommand() *cli.Command {
	var bundle, format string
	var filter, noPivot bool
	return &cli.Command{
		Name:      "plan",
		ArgsUsage: "[ID]",
		Usage:     "print the program that would start the container of a bundle",
		Description: "The steps are numbered and grouped by the setting in config.json that they come\n" +
			"from. rt creates nothing and runs nothing.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "bundle", TakesFile: true, Aliases: []string{"b"}, Usage: bundleUsage, Destination: &bundle},
			&cli.StringFlag{Name: "format", Aliases: []string{"f"}, Usage: "print the program in `FORMAT`: text or json", Value: "text", Destination: &format},
			&cli.BoolFlag{Name: "no-pivot", Usage: noPivotUsage, Destination: &noPivot},
			&cli.BoolFlag{Name: "seccomp", Usage: "print the instructions of the seccomp filter instead of the program", Destination: &filter},
		},
		Action: func(c *cli.Context) error {
			id := cmp.Or(c.Args().First(), "plan")
			cfg := libcontainer.Config{ID: id, Bundle: bundle, NoPivot: noPivot}
			return r.plan(c.Context, cfg, format, filter)
		},
	}
}

// plan prints the program of a container, or its filter. The bundle of cfg may
// be relative, and its configuration is read.
func (r *rt) plan(ctx context.Context, cfg libcontainer.Config, format string, filter bool) (err error) {
	if cfg.Bundle, err = bundleDir(cfg.Bundle); err != nil {
		return err
	}
	cfg.Spec, cfg.Text, err = spec.LoadText(cfg.Bundle)
	if err != nil {
		return err
	}
	var p printable
	if filter {
		p, err = libcontainer.PlanFilter(cfg.Spec)
	} else {
		p, err = r.store.Plan(ctx, cfg)
	}
	if err != nil {
		return err
	}
	switch format {
	case "text":
		return p.WriteText(r.out)
	case "json":
		return p.WriteJSON(r.out)
	default:
		return fmt.Errorf("--format: %q (want text or json)", format)
	}
}

// printable is the program of an init or that of a filter.
type printable interface {
	WriteText(io.Writer) error
	WriteJSON(io.Writer) error
}
