package cli

import (
	"github.com/oci-rt/rt/libcontainer"
	"github.com/oci-rt/rt/spec"
)

func (r *rt) featuresCommand() *command {
	return &command{
		name:  "features",
		usage: "print what this rt supports, as JSON",
		run: func([]string) error {
			f := spec.Features()
			f.Linux.Seccomp.SupportedFlags = libcontainer.SupportedSeccompFlags(f.Linux.Seccomp.KnownFlags)
			return writeJSON(r.out, f)
		},
	}
}
