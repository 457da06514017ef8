// Package soak has one shim serve thousands of containers, and watches what must not grow
// with their number: see tests/soak.
package soak

import (
	"fmt"
	"os"
	"testing"

	"github.com/oci-rt/rt/shim/boot"
	"github.com/oci-rt/rt/tests/leak"
	"github.com/oci-rt/rt/tests/soak"
)

// shimVar names the shim under test. Without it, this program is the shim, also under the
// race detector.
const shimVar = "SHIM"

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "-namespace" {
		if err := boot.Main(os.Args, boot.Version{}); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(soak.World(func() int { return leak.Main(m) }))
}
