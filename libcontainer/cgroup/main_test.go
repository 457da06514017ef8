package cgroup

import (
	"os"
	"testing"

	"github.com/oci-rt/rt/tests/leak"
	"github.com/opencontainers/cgroups"
)

// TestMain looks for descriptors that the tests have left open. The library that is the
// reference keeps one of the directory of all hierarchies.
func TestMain(m *testing.M) {
	if f, err := cgroups.OpenFile("/sys/fs/cgroup", "none", os.O_RDONLY); err == nil {
		f.Close()
	}
	os.Exit(leak.Main(m))
}
