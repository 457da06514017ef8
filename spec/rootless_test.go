package spec_test

import (
	"slices"
	"testing"

	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
)

func TestRootless(t *testing.T) {
	s := spec.Rootless(1000, 100)
	s.Process.Terminal = false
	if faults := spec.Validate(s); len(faults) > 0 {
		t.Errorf("is refused: %v", faults)
	}
	if s.Linux.UIDMappings[0].HostID != 1000 || s.Linux.GIDMappings[0].HostID != 100 {
		t.Errorf("maps %v and %v", s.Linux.UIDMappings, s.Linux.GIDMappings)
	}
	for _, n := range s.Linux.Namespaces {
		if n.Type == specs.NetworkNamespace {
			t.Error("has a network namespace")
		}
	}
	for _, m := range s.Mounts {
		if slices.Contains(m.Options, "gid=5") {
			t.Errorf("%s: mounted with a group that is not mapped", m.Destination)
		}
		if m.Type == "sysfs" {
			t.Error("mounts sysfs")
		}
	}
	if len(spec.Default().Linux.UIDMappings) > 0 {
		t.Error("the default has mappings now")
	}
}
