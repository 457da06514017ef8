package cli

import (
	"fmt"
	"io"

	"github.com/oci-rt/rt/libcontainer"
	"github.com/oci-rt/rt/spec"
)

func (r *rt) planCommand() *command {
	bundle, format, filter, noPivot := "", "text", false, false
	return &command{
		name:  "plan",
		args:  "[ID]",
		usage: "print the program that would start a bundle's container",
		about: "Every step is numbered and stands under the setting of config.json that it\n" +
			"comes from. Nothing is made and nothing runs.",
		flags: func(f *flags) {
			f.string(&bundle, "bundle b", bundleUsage)
			f.string(&format, "format f", "`FORMAT` of the program: text or json")
			f.bool(&noPivot, "no-pivot", noPivotUsage)
			f.bool(&filter, "seccomp", "print the instructions of the seccomp filter instead")
		},
		run: func(args []string) error {
			id := "plan"
			if len(args) > 0 {
				id = args[0]
			}
			cfg := libcontainer.Config{ID: id, Bundle: bundle, NoPivot: noPivot}
			return r.plan(cfg, format, filter)
		},
	}
}

// plan prints the program of a container, or its filter. The bundle of cfg may
// be relative, and its configuration is read.
func (r *rt) plan(cfg libcontainer.Config, format string, filter bool) (err error) {
	if cfg.Bundle, err = bundleDir(cfg.Bundle); err != nil {
		return err
	}
	cfg.Spec, err = spec.Load(cfg.Bundle)
	if err != nil {
		return err
	}
	var p printable
	if filter {
		p, err = libcontainer.PlanFilter(cfg.Spec)
	} else {
		p, err = r.store.Plan(cfg)
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
