package spec_test

import (
	"testing"

	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
)

func TestValidateNetDevices(t *testing.T) {
	const want = " (want 1 to 15 bytes without /, : and blanks)"
	tests := []struct {
		key, name string
		want      string
	}{
		{"eth0", "", ""},
		{"eth0", "net%d", ""},
		{"eth0", "%d.5", ""},
		{"0123456789abcde", "", ""},
		{"", "eth0", `linux.netDevices[""]: is a name of 0 bytes` + want},
		{"0123456789abcdef", "eth0", `linux.netDevices["0123456789abcdef"]: is a name of 16 bytes` + want},
		{"eth0", "0123456789abcdef", `linux.netDevices["eth0"].name: is a name of 16 bytes` + want},
		{"..", "eth0", `linux.netDevices[".."]: is ".."` + want},
		{"eth0", "a b", `linux.netDevices["eth0"].name: is "a b"` + want},
		{"eth0", "a:1", `linux.netDevices["eth0"].name: is "a:1"` + want},
		{"eth0", "a%d%d", `linux.netDevices["eth0"].name: is "a%d%d" (want no % other than one %d)`},
		{"eth0", "a%s", `linux.netDevices["eth0"].name: is "a%s" (want no % other than one %d)`},
	}
	for _, test := range tests {
		s := good(t)
		s.Linux.NetDevices = map[string]specs.LinuxNetDevice{test.key: {Name: test.name}}
		if got := spec.Validate(s).Error(); got != test.want {
			t.Errorf("%q, %q: got %q, want %q", test.key, test.name, got, test.want)
		}
	}
}

func TestValidateNetDeviceNames(t *testing.T) {
	s := good(t)
	s.Linux.NetDevices = map[string]specs.LinuxNetDevice{"a": {Name: "c"}, "b": {Name: "x%d"}, "c": {}, "d": {Name: "x%d"}, "e": {Name: "a"}}
	want := `linux.netDevices["c"]: is "c", the same as for linux.netDevices["a"] (want each name once)`
	if got := spec.Validate(s).Error(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	s = good(t)
	dropNamespace(s, specs.NetworkNamespace)
	s.Linux.Sysctl = nil
	s.Linux.NetDevices = map[string]specs.LinuxNetDevice{"a": {}}
	want = "linux.netDevices: would stay on the host (want network in linux.namespaces)"
	if got := spec.Validate(s).Error(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
