package process

import (
	"os"
	"strings"
	"testing"

	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/tests/need"
	"github.com/oci-rt/rt/tests/steps"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// needNUMA needs a kernel that has memory policies, be it for a single node.
func needNUMA(t *testing.T) {
	t.Helper()
	if _, err := os.Stat("/proc/self/numa_maps"); err != nil {
		t.Skip("needs CONFIG_NUMA")
	}
}

// stackPolicy returns the policy for the stack of a program that is executed
// after the steps (numa(7)).
func stackPolicy(t *testing.T, p *specs.LinuxMemoryPolicy) (string, steps.Result) {
	t.Helper()
	r := steps.Run(t, func(b *program.Builder) {
		MemoryPolicy(b, p)
		Exec(b, &specs.Process{Args: []string{need.Busybox(t), "cat", "/proc/self/numa_maps"}}, program.Null)
	})
	for line := range strings.Lines(r.Output) {
		if before, _, ok := strings.Cut(line, " stack "); ok {
			_, policy, _ := strings.Cut(before, " ")
			return policy, r
		}
	}
	return "", r
}

func TestMemoryPolicy(t *testing.T) {
	needNUMA(t)
	flags := func(f ...specs.MemoryPolicyFlagType) []specs.MemoryPolicyFlagType { return f }
	tests := []struct {
		p    *specs.LinuxMemoryPolicy
		want string
	}{
		{nil, "default"},
		{&specs.LinuxMemoryPolicy{Mode: specs.MpolDefault}, "default"},
		{&specs.LinuxMemoryPolicy{Mode: specs.MpolLocal}, "local"},
		{&specs.LinuxMemoryPolicy{Mode: specs.MpolBind, Nodes: "0"}, "bind:0"},
		{&specs.LinuxMemoryPolicy{Mode: specs.MpolInterleave, Nodes: "0-0"}, "interleave:0"},
		{&specs.LinuxMemoryPolicy{Mode: specs.MpolPreferred, Nodes: "0"}, "prefer:0"},
		{&specs.LinuxMemoryPolicy{Mode: specs.MpolPreferred}, "local"},
		{&specs.LinuxMemoryPolicy{Mode: specs.MpolPreferredMany, Nodes: "0"}, "prefer (many):0"},
		{&specs.LinuxMemoryPolicy{Mode: specs.MpolBind, Nodes: "0", Flags: flags(specs.MpolFStaticNodes)}, "bind=static:0"},
		{&specs.LinuxMemoryPolicy{Mode: specs.MpolBind, Nodes: "3,0-1", Flags: flags(specs.MpolFRelativeNodes)}, "bind=relative:0"},
		// The kernel leaves out nodes that are not there.
		{&specs.LinuxMemoryPolicy{Mode: specs.MpolBind, Nodes: "0,1000"}, "bind:0"},
	}
	for _, test := range tests {
		got, r := stackPolicy(t, test.p)
		if got != test.want || r.Failure != "" {
			t.Errorf("%v: policy %q, failure %q, want %q", test.p, got, r.Failure, test.want)
		}
	}
}

func TestMemoryPolicyFaults(t *testing.T) {
	needNUMA(t)
	_, r := stackPolicy(t, &specs.LinuxMemoryPolicy{Mode: specs.MpolBind, Nodes: "1000"})
	if want := "linux.memoryPolicy: set memory policy MPOL_BIND: invalid argument"; r.Failure != want {
		t.Errorf("failure %q, want %q", r.Failure, want)
	}
}
