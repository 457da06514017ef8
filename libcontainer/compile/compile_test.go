package compile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/oci-rt/rt/libcontainer/cgroup"
	"github.com/oci-rt/rt/libcontainer/hook"
	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/tests/golden"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// testHost is a host whose facts do not depend on the machine.
func testHost() Host {
	return Host{
		Facts: Facts{Arch: "amd64", LastCap: 40, Available: 1<<41 - 1},
		Cgroup: &cgroup.Config{Version: 2, Hierarchies: []cgroup.Hierarchy{
			{Mount: "/sys/fs/cgroup", Path: "/test"},
		}},
	}
}

// testSpec reads one of the configurations that engines write.
func testSpec(t testing.TB, name string) *specs.Spec {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "spec", "testdata", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var s specs.Spec
	if err := json.Unmarshal(data, &s); err != nil {
		t.Fatal(err)
	}
	return &s
}

func BenchmarkStart(b *testing.B) {
	for _, name := range []string{"default", "docker"} {
		b.Run(name, func(b *testing.B) {
			s := testSpec(b, name)
			for b.Loop() {
				if _, err := Start(s, testHost(), Options{Bundle: "/bundle", WaitForStart: true, Keyring: "_ses.test"}); err != nil {
					b.Fatal(err)
				}
			}
			p, _ := Start(s, testHost(), Options{Bundle: "/bundle", WaitForStart: true, Keyring: "_ses.test"})
			b.ReportMetric(float64(len(p.Program.Steps)), "steps")
		})
	}
}

// TestExpectedSteps holds the room that is made for a program to what it takes: too little
// means that all steps are copied, too much is memory that a caller of many starts keeps.
func TestExpectedSteps(t *testing.T) {
	for _, name := range []string{"default", "docker", "podman", "pause"} {
		s := testSpec(t, name)
		for range 2 {
			p, err := Start(s, testHost(), Options{Bundle: "/bundle", WaitForStart: true, Keyring: "_ses.test"})
			if err != nil {
				t.Fatal(err)
			}
			steps, expected := len(p.Program.Steps), expectedSteps(s)
			if expected < steps || expected > steps*3/2 {
				t.Errorf("%s: expected %d steps, there are %d", name, expected, steps)
			}
			for i := range 1000 {
				s.Linux.MaskedPaths = append(s.Linux.MaskedPaths, fmt.Sprintf("/masked/%d", i))
				s.Mounts = append(s.Mounts, specs.Mount{Destination: fmt.Sprintf("/m/%d", i), Type: "bind", Source: "/etc", Options: []string{"rbind", "ro"}})
			}
		}
	}
}

// The programs of the configurations that engines write, in full. A change of
// what rt does in a container's start shows here, line by line.
func TestStartGolden(t *testing.T) {
	for _, name := range []string{"default", "docker", "podman", "pause"} {
		t.Run(name, func(t *testing.T) {
			p, err := Start(testSpec(t, name), testHost(), Options{Bundle: "/bundle", WaitForStart: true, Keyring: "_ses.test"})
			if err != nil {
				t.Fatal(err)
			}
			compareGolden(t, name, p)
		})
	}
}

// compareGolden compares the text of a plan's program with the golden file of that
// name.
func compareGolden(t *testing.T, name string, p *Plan) {
	t.Helper()
	var text bytes.Buffer
	if err := p.Program.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	golden.Compare(t, name+".txt", text.Bytes())
}

// Security modules get their labels through the host's /proc, before the root
// is changed, and keys get their label in the container's user namespace.
func TestLabelsInOrder(t *testing.T) {
	s := testSpec(t, "podman")
	s.Process.ApparmorProfile, s.Process.SelinuxLabel = "profile", "a:b:c"
	s.Linux.Namespaces = append(s.Linux.Namespaces, specs.LinuxNamespace{Type: specs.UserNamespace})
	p, err := Start(s, testHost(), Options{Bundle: "/bundle", Keyring: "_ses.test"})
	if err != nil {
		t.Fatal(err)
	}
	order := []string{
		"open /proc", "linux.namespaces[6]: create user namespace", "process.selinuxLabel (a:b:c): label the session keyring",
		"make session keyring _ses.test", "process.apparmorProfile (profile): change to the AppArmor profile",
		"process.selinuxLabel (a:b:c): change to the label", "close the host's /proc", "pivot_root",
	}
	for n := range p.Program.Steps {
		if len(order) > 0 && strings.HasSuffix(p.Program.Origin(n).String(), order[0]) {
			order = order[1:]
		}
	}
	if len(order) > 0 {
		t.Errorf("not in this order: %q", order)
	}
}

// Equal arguments give equal programs: nothing depends on the order of a map.
func TestStartIsPure(t *testing.T) {
	s := testSpec(t, "podman")
	s.Linux.Sysctl = map[string]string{"net.ipv4.ip_forward": "1", "net.core.somaxconn": "64", "kernel.shmmax": "1"}
	first, err := Start(s, testHost(), Options{Bundle: "/bundle"})
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		again, err := Start(s, testHost(), Options{Bundle: "/bundle"})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(first, again); diff != "" {
			t.Fatalf("two runs differ (-first +second):\n%s", diff)
		}
	}
}

// A program that would be too long is refused, and the error names the setting.
func TestStartTooLong(t *testing.T) {
	s := testSpec(t, "docker")
	for i := range 90000 {
		s.Linux.MaskedPaths = append(s.Linux.MaskedPaths, fmt.Sprint("/x", i))
	}
	_, err := Start(s, testHost(), Options{Bundle: "/bundle"})
	if err == nil || !strings.HasPrefix(err.Error(), "linux.maskedPaths[") {
		t.Errorf("error is %v, want one that begins with the setting", err)
	}
}

// Every step behind the failure handler is in a phase, and the phases are in
// the order in which they are documented.
func TestPhases(t *testing.T) {
	s := testSpec(t, "docker")
	o := Options{Bundle: "/bundle", WaitForStart: true, Hook: &hook.Hook{Hook: specs.Hook{Path: "/hook"}}}
	all := []string{PhasePrepare, PhaseOutside, PhaseRootfs, PhaseInside, PhaseReady}
	small := []string{PhasePrepare, PhaseOutside, PhaseInside, PhaseReady}
	for name, c := range map[string]struct {
		compile func() (*Plan, error)
		want    []string
	}{
		"start":       {func() (*Plan, error) { return Start(s, testHost(), o) }, all},
		"exec":        {func() (*Plan, error) { return Exec(s, testHost(), Target{}, o) }, small},
		"hook":        {func() (*Plan, error) { return Hook(s, testHost(), Target{}, o) }, small},
		"mountpoints": {func() (*Plan, error) { return MountPoints(s, testHost(), o) }, []string{PhasePrepare, PhaseOutside, PhaseRootfs, PhaseReady}},
	} {
		p, err := c.compile()
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for n := range p.Program.Steps {
			if phase := p.Program.PhaseOf(n); len(got) == 0 || got[len(got)-1] != phase {
				got = append(got, phase)
			}
		}
		if want := append([]string{""}, c.want...); !slices.Equal(got, want) {
			t.Errorf("%s: phases are %q, want %q", name, got, want)
		}
		if p.Program.PhaseOf(program.Entry-1) != "" || p.Program.PhaseOf(program.Entry) != PhasePrepare {
			t.Errorf("%s: the program does not begin with %s", name, PhasePrepare)
		}
	}
}
