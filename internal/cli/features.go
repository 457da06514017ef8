package cli

import "github.com/oci-rt/rt/spec"

func (r *rt) featuresCommand() *command {
	return &command{
		name:  "features",
		usage: "print what this rt supports, as JSON",
		run:   func([]string) error { return writeJSON(r.out, spec.Features()) },
	}
}
