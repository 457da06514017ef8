package plan

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/oci-rt/rt/libcontainer/check"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// TestAgreesWithCheck: in the configurations that engines write, a plan marks what
// package check warns of, and nothing else.
func TestAgreesWithCheck(t *testing.T) {
	about := map[string]Topic{
		"runtime-socket": HostPaths, "host-directory": HostPaths, "shared-propagation": HostPaths,
		"host-device": Devices, "all-devices": Devices, "host-namespace": Namespaces, "strong-capability": Capabilities,
		"unmasked-path": Hidden, "writable-proc": Hidden, "writable-sys": FileSystems, "writable-cgroups": FileSystems,
	}
	files, err := filepath.Glob("../check/testdata/*.json")
	if err != nil || len(files) < 30 {
		t.Fatalf("found %d configurations, %v", len(files), err)
	}
	for _, file := range files {
		s := configuration(t, file)
		want := map[Topic]bool{}
		for _, f := range check.Check(&spec.Examined{Spec: s}, nil) {
			if f.Severity >= check.Warning && about[f.Rule] != "" {
				want[about[f.Rule]] = true
			}
		}
		src := source("/bundle", s)
		src.Host.InUserNamespace = strings.HasPrefix(filepath.Base(file), "rootless_") // that of Podman
		got := map[Topic]bool{}
		for _, f := range planFor(t, src).Summary {
			if f.Risk != "" && f.Topic != Rootfs { // shared, as some mount is too
				got[f.Topic] = true
			}
		}
		if !maps.Equal(got, want) {
			t.Errorf("%s: marks something about %v, and check about %v", file, slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
		}
	}
}

func configuration(t *testing.T, file string) *specs.Spec {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s := new(specs.Spec)
	if err := json.Unmarshal(data, s); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return s
}
