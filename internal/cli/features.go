package cli

import (
	"github.com/oci-rt/rt/libcontainer"
	"github.com/oci-rt/rt/spec"
	"github.com/urfave/cli/v2"
)

// checkpointAnnotation says that checkpoint and restore are runc's commands, on
// hosts that have CRIU. crun says so too, since features.md has no place for it.
const checkpointAnnotation = "org.opencontainers.runc.checkpoint.enabled"

func (r *rt) featuresCommand() *cli.Command {
	return &cli.Command{
		Name:  "features",
		Usage: "print the features that rt supports as JSON",
		Action: func(*cli.Context) error {
			f := spec.Features()
			f.Linux.Seccomp.SupportedFlags = libcontainer.SupportedSeccompFlags(f.Linux.Seccomp.KnownFlags)
			f.Annotations = map[string]string{checkpointAnnotation: "true"}
			return writeJSON(r.out, f)
		},
	}
}
