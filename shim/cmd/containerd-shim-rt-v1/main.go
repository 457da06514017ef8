// Containerd-shim-rt-v1 runs containers for containerd, as its runtime
// io.containerd.rt.v1. containerd starts it: see containerd's runtime v2 documentation.
package main

import (
	"fmt"
	"os"

	"github.com/oci-rt/rt/shim/boot"
)

// version and commit are set by the linker: see the Makefile.
var version, commit = "0.0.0-dev", ""

func main() {
	if err := boot.Main(os.Args, boot.Version{Version: version, Commit: commit}); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", boot.Name, err)
		os.Exit(1)
	}
}
