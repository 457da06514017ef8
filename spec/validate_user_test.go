package spec_test

import (
	"testing"

	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
)

func TestValidateMappings(t *testing.T) {
	one := []specs.LinuxIDMapping{{HostID: 1000, Size: 1}}
	tests := []struct {
		name string
		uids []specs.LinuxIDMapping
		want string
	}{
		{"own id", one, ""},
		{"two ranges", []specs.LinuxIDMapping{{HostID: 100000, Size: 65536}, {ContainerID: 65536, HostID: 1000, Size: 1}}, ""},
		{"none", nil, "linux.uidMappings: is missing (want at least one mapping, as a new user namespace has no ids)"},
		{"no size", []specs.LinuxIDMapping{one[0], {ContainerID: 1}}, "linux.uidMappings[1].size: is 0 (want at least 1)"},
		{"no root", []specs.LinuxIDMapping{{ContainerID: 1, HostID: 1000, Size: 9}},
			"linux.uidMappings: does not map id 0, which builds the container (want a mapping with containerID 0)"},
		{"last id", []specs.LinuxIDMapping{{HostID: 1, Size: 1<<32 - 1}},
			"linux.uidMappings[0].size: ends at host id 4294967295 (want ids up to 4294967294)"},
		{"overlap inside", []specs.LinuxIDMapping{{HostID: 1000, Size: 10}, {ContainerID: 9, HostID: 5000, Size: 1}},
			"linux.uidMappings[1].containerID: overlaps the container ids of linux.uidMappings[0] (want ranges that do not overlap)"},
		{"overlap outside", []specs.LinuxIDMapping{{HostID: 1000, Size: 10}, {ContainerID: 10, HostID: 1009, Size: 1}},
			"linux.uidMappings[1].hostID: overlaps the host ids of linux.uidMappings[0] (want ranges that do not overlap)"},
	}
	for _, test := range tests {
		s := good(t)
		s.Linux.Namespaces = append(s.Linux.Namespaces, specs.LinuxNamespace{Type: specs.UserNamespace})
		s.Linux.UIDMappings, s.Linux.GIDMappings = test.uids, one
		s.Process.User.AdditionalGids = nil // those that are not mapped
		if got := spec.Validate(s).Error(); got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}

func TestValidateMappingsWithoutUserNamespace(t *testing.T) {
	s := good(t)
	s.Linux.UIDMappings = []specs.LinuxIDMapping{{Size: 1}}
	s.Linux.GIDMappings = s.Linux.UIDMappings
	if faults := spec.Validate(s); len(faults) > 0 {
		t.Error(faults)
	}
	want := "linux.uidMappings: is ignored without a user namespace (want user in linux.namespaces)\n" +
		"linux.gidMappings: is ignored without a user namespace (want user in linux.namespaces)"
	if got := spec.Warnings(s).Error(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	s.Linux.UIDMappings, s.Linux.GIDMappings = nil, nil
	s.Linux.Namespaces = append(s.Linux.Namespaces, specs.LinuxNamespace{Type: specs.UserNamespace, Path: "/proc/1/ns/user"})
	if faults := spec.Validate(s); len(faults) > 0 {
		t.Errorf("joined without mappings: %v", faults)
	}
}

func TestValidateTimeOffsets(t *testing.T) {
	s := good(t)
	s.Linux.TimeOffsets = map[string]specs.LinuxTimeOffset{"monotonic": {Secs: -5, Nanosecs: 1e9}, "realtime": {}}
	want := "linux.timeOffsets: is set without a new time namespace (want time in linux.namespaces, without a path)\n" +
		"linux.timeOffsets[\"monotonic\"].nanosecs: is 1000000000 (want at most 999999999)\n" +
		"linux.timeOffsets[\"realtime\"]: is \"realtime\", which is unknown (want monotonic, boottime)"
	if got := spec.Validate(s).Error(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	s.Linux.Namespaces = append(s.Linux.Namespaces, specs.LinuxNamespace{Type: specs.TimeNamespace})
	s.Linux.TimeOffsets = map[string]specs.LinuxTimeOffset{"boottime": {Secs: 7 * 24 * 3600}}
	if faults := spec.Validate(s); len(faults) > 0 {
		t.Errorf("good offsets: %v", faults)
	}
}
