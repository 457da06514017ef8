package compile

import (
	"strings"
	"testing"

	"github.com/oci-rt/rt/libcontainer/cgroup"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// Each message that the init waits behind has its wait, and each wait is a step
// that says so.
func TestWaits(t *testing.T) {
	s := testSpec(t, "podman")
	s.Hooks = &specs.Hooks{CreateRuntime: []specs.Hook{{Path: "/bin/true"}}}
	s.Linux.Namespaces = append(s.Linux.Namespaces, specs.LinuxNamespace{Type: specs.UserNamespace})
	s.Linux.NetDevices = map[string]specs.LinuxNetDevice{"eth7": {}}
	host := testHost()
	host.Cgroup.Scope = &cgroup.Scope{Unit: "test.scope"}
	for name, ordinary := range map[string]bool{"root": false, "user": true} {
		host.OrdinaryUser = ordinary
		p, err := Start(s, host, Options{Bundle: "/bundle", WaitForStart: true, AwaitCgroup: true})
		if err != nil {
			t.Fatal(err)
		}
		asked := map[string]bool{}
		for n, what := range p.Waits() {
			doing := p.Program.Origin(n).Doing
			if !strings.HasPrefix(doing, "wait ") && !strings.Contains(doing, "helper") {
				t.Errorf("%s: step %d, %q, waits for %s", name, n, doing, what)
			}
			asked[strings.TrimPrefix(what, "its creator: it wants to ")] = true
		}
		for _, ask := range p.Asks {
			if ask.Kind.Waits() != asked[ask.Kind.String()] {
				t.Errorf("%s: init waits to %s: %v, want %v", name, ask.Kind, !ask.Kind.Waits(), ask.Kind.Waits())
			}
		}
		for _, what := range []string{"start", "its creator's help", "the end of a helper"} {
			if !asked[what] {
				t.Errorf("%s: no step waits for %s", name, what)
			}
		}
	}
}
