package spec_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/oci-rt/rt/spec"
)

// TestFeaturesAreTrue proves that what is advertised is accepted, and that
// what has a name in the specification and is not advertised is refused.
func TestFeaturesAreTrue(t *testing.T) {
	f := spec.Features()
	for _, version := range []string{f.OCIVersionMin, f.OCIVersionMax} {
		accept(t, true, version, func(s *specs.Spec) { s.Version = version })
	}
	for _, option := range f.MountOptions {
		accept(t, slices.Contains(f.MountOptions, option), "mount option "+option, func(s *specs.Spec) {
			s.Mounts = []specs.Mount{{Destination: "/a", Source: "/a", Options: []string{"bind", option}}}
			if option == "tmpcopyup" {
				s.Mounts[0] = specs.Mount{Destination: "/a", Type: "tmpfs", Options: []string{option}}
			}
			if strings.HasSuffix(option, "idmap") {
				s.Mounts[0].UIDMappings = []specs.LinuxIDMapping{{HostID: 1000, Size: 1}}
				s.Mounts[0].GIDMappings = s.Mounts[0].UIDMappings
			}
		})
	}
	for _, ns := range []string{"cgroup", "ipc", "mount", "network", "pid", "time", "user", "uts"} {
		accept(t, slices.Contains(f.Linux.Namespaces, ns), "namespace "+ns, func(s *specs.Spec) {
			t := specs.LinuxNamespaceType(ns)
			dropNamespace(s, t)
			s.Linux.Namespaces = append(s.Linux.Namespaces, specs.LinuxNamespace{Type: t})
			if t == specs.UserNamespace {
				s.Linux.UIDMappings = []specs.LinuxIDMapping{{HostID: 1000, Size: 1}}
				s.Linux.GIDMappings = s.Linux.UIDMappings
				s.Process.User.AdditionalGids = nil
			}
		})
	}
	for _, hook := range []string{"prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"} {
		accept(t, slices.Contains(f.Hooks, hook), "hook "+hook, func(s *specs.Spec) {
			mustDecode(t, `{"hooks": {"`+hook+`": [{"path": "/x"}]}}`, s)
		})
	}
	for i, name := range f.Linux.Capabilities {
		if bit, ok := spec.Capability(name); !ok || bit != uint(i) {
			t.Errorf("%s: is bit %d, %v", name, bit, ok)
		}
	}
	accept(t, *f.Linux.Seccomp.Enabled, "seccomp", func(s *specs.Spec) { s.Linux.Seccomp = &specs.LinuxSeccomp{DefaultAction: specs.ActAllow} })
	accept(t, *f.Linux.Apparmor.Enabled, "AppArmor", func(s *specs.Spec) { s.Process.ApparmorProfile = "x" })
	accept(t, *f.Linux.Selinux.Enabled, "SELinux", func(s *specs.Spec) { s.Process.SelinuxLabel = "x" })
	accept(t, *f.Linux.IntelRdt.Enabled, "intelRdt", func(s *specs.Spec) { s.Linux.IntelRdt = &specs.LinuxIntelRdt{} })
	accept(t, *f.Linux.NetDevices.Enabled, "netDevices", func(s *specs.Spec) { s.Linux.NetDevices = map[string]specs.LinuxNetDevice{"x": {}} })
	accept(t, *f.Linux.MountExtensions.IDMap.Enabled, "mount mappings", func(s *specs.Spec) {
		s.Mounts[0].UIDMappings = []specs.LinuxIDMapping{{HostID: 1000, Size: 1}}
		s.Mounts[0].GIDMappings = s.Mounts[0].UIDMappings
	})
	for _, mode := range f.Linux.MemoryPolicy.Modes {
		accept(t, true, mode, func(s *specs.Spec) { s.Linux.MemoryPolicy = memoryPolicy(mode) })
	}
	for _, flag := range f.Linux.MemoryPolicy.Flags {
		accept(t, true, flag, func(s *specs.Spec) {
			s.Linux.MemoryPolicy = memoryPolicy("MPOL_BIND")
			s.Linux.MemoryPolicy.Flags = []specs.MemoryPolicyFlagType{specs.MemoryPolicyFlagType(flag)}
		})
	}
	accept(t, *f.Linux.Cgroup.Rdma, "rdma", func(s *specs.Spec) {
		s.Linux.Resources.Rdma = map[string]specs.LinuxRdma{"x": {HcaHandles: new(uint32)}}
	})
}

// memoryPolicy returns a policy of this mode, with nodes if it takes them.
func memoryPolicy(mode string) *specs.LinuxMemoryPolicy {
	p := &specs.LinuxMemoryPolicy{Mode: specs.MemoryPolicyModeType(mode), Nodes: "0"}
	if p.Mode == specs.MpolDefault || p.Mode == specs.MpolLocal {
		p.Nodes = ""
	}
	return p
}

// accept checks whether a good configuration is still good with a change.
func accept(t *testing.T, want bool, what string, change func(*specs.Spec)) {
	t.Helper()
	s := good(t)
	// What rests on a namespace of the container must not be in the way.
	s.Hostname, s.Linux.Sysctl, s.Linux.MaskedPaths, s.Linux.ReadonlyPaths = "", nil, nil, nil
	change(s)
	if faults := spec.Validate(s); (len(faults) == 0) != want {
		t.Errorf("%s: accepted %v, but advertised %v: %v", what, !want, want, faults)
	}
}

func mustDecode(t *testing.T, text string, to any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), to); err != nil {
		t.Fatal(err)
	}
}

// TestFeaturesForEngines checks what engines look for: Docker and CRI-O the
// option rro, CRI-O both versions.
func TestFeaturesForEngines(t *testing.T) {
	data, err := json.Marshal(spec.Features())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"ociVersionMin":"1.0.0"`, `"ociVersionMax":"1.3.0"`, `"rro"`, `"idmap":{"enabled":true}`} {
		if !bytes.Contains(data, []byte(want)) {
			t.Errorf("%s is not in %s", want, data)
		}
	}
}

// TestDefault holds the default against its golden file, and against what a
// reader of that file sees.
func TestDefault(t *testing.T) {
	data, err := json.MarshalIndent(spec.Default(), "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(readCorpus(t, "default")), string(data)+"\n"); diff != "" {
		t.Errorf("(-testdata +got)\n%s", diff)
	}
	s := spec.Default()
	s.Process.Terminal = false
	if faults := append(spec.Validate(s), spec.Warnings(s)...); len(faults) > 0 {
		t.Error(faults)
	}
}
