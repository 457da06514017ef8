package libcontainer

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/oci-rt/rt/libcontainer/cgroup"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// testHost is a host whose facts do not depend on the machine.
func testHost() Host {
	return Host{
		Facts: Facts{LastCap: 40, Available: 1<<41 - 1},
		Cgroup: &cgroup.Config{Version: 2, Hierarchies: []cgroup.Hierarchy{
			{Mount: "/sys/fs/cgroup", Path: "/test"},
		}},
	}
}

// testSpec reads one of the configurations that engines write.
func testSpec(t testing.TB, name string) *specs.Spec {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "spec", "testdata", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var s specs.Spec
	if err := json.Unmarshal(data, &s); err != nil {
		t.Fatal(err)
	}
	return &s
}

func BenchmarkCompile(b *testing.B) {
	for _, name := range []string{"default", "docker"} {
		b.Run(name, func(b *testing.B) {
			s := testSpec(b, name)
			for b.Loop() {
				if _, _, err := Compile(s, testHost(), Options{Bundle: "/bundle", WaitForStart: true}); err != nil {
					b.Fatal(err)
				}
			}
			p, _, _ := Compile(s, testHost(), Options{Bundle: "/bundle", WaitForStart: true})
			b.ReportMetric(float64(len(p.Steps)), "steps")
		})
	}
}
