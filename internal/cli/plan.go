package cli

import (
	"fmt"
	"io"

	"github.com/oci-rt/rt/libcontainer"
	"github.com/oci-rt/rt/spec"
)

func (r *rt) planCommand() *command {
	bundle, format, filter := "", "text", false
	return &command{
		name:  "plan",
		args:  "[ID]",
		usage: "print the program that would start a bundle's container",
		about: "Every step is numbered and stands under the setting of config.json that it\n" +
			"comes from. Nothing is made and nothing runs.",
		flags: func(f *flags) {
			f.string(&bundle, "bundle b", bundleUsage)
			f.string(&format, "format f", "`FORMAT` of the program: text or json")
			f.bool(&filter, "seccomp", "print the instructions of the seccomp filter instead")
		},
		run: func(args []string) error {
			id := "plan"
			if len(args) > 0 {
				id = args[0]
			}
			return r.plan(id, bundle, format, filter)
		},
	}
}

func (r *rt) plan(id, bundle, format string, filter bool) error {
	bundle, err := bundleDir(bundle)
	if err != nil {
		return err
	}
	s, err := spec.Load(bundle)
	if err != nil {
		return err
	}
	var p printable
	if filter {
		p, err = libcontainer.PlanFilter(s)
	} else {
		p, err = r.store.Plan(libcontainer.Config{ID: id, Bundle: bundle, Spec: s})
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
