// Command rt is an OCI runtime: it runs containers as their bundles describe
// them (https://github.com/opencontainers/runtime-spec).
package main

import (
	"os"

	"github.com/oci-rt/rt/internal/cli"
)

// Set by the linker: see the Makefile.
var (
	version = "0.1.0-dev"
	commit  = "unknown"
)

func main() {
	os.Exit(cli.Main(os.Args, cli.Build{Version: version, Commit: commit}))
}
