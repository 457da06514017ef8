// A command lives for milliseconds: the Go runtime need not begin to watch how
// many CPUs it may use. That is 8 % of the start of this program: see
// docs/performance.md.
//
//go:debug updatemaxprocs=0

// Command rt is an OCI runtime: it runs containers as their bundles describe
// them (https://github.com/opencontainers/runtime-spec).
package main

import (
	"os"

	"github.com/oci-rt/rt/internal/cli"
	_ "github.com/oci-rt/rt/internal/firststack"
)

// Set by the linker: see the Makefile.
var (
	version = "0.1.0-dev"
	commit  = "unknown"
)

func main() {
	os.Exit(cli.Main(os.Args, cli.Build{Version: version, Commit: commit}))
}
