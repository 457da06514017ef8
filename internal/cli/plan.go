package cli

import (
	"fmt"

	"github.com/oci-rt/rt/libcontainer"
	"github.com/oci-rt/rt/spec"
)

func (r *rt) planCommand() *command {
	bundle, format := "", "text"
	return &command{
		name:  "plan",
		args:  "[ID]",
		usage: "print the program that would start a bundle's container",
		about: "Every step is numbered and stands under the setting of config.json that it\n" +
			"comes from. Nothing is made and nothing runs.",
		flags: func(f *flags) {
			f.string(&bundle, "bundle b", bundleUsage)
			f.string(&format, "format f", "`FORMAT` of the program: text or json")
		},
		run: func(args []string) error {
			id := "plan"
			if len(args) > 0 {
				id = args[0]
			}
			return r.plan(id, bundle, format)
		},
	}
}

func (r *rt) plan(id, bundle, format string) error {
	bundle, err := bundleDir(bundle)
	if err != nil {
		return err
	}
	s, err := spec.Load(bundle)
	if err != nil {
		return err
	}
	p, err := r.store.Plan(libcontainer.Config{ID: id, Bundle: bundle, Spec: s})
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
