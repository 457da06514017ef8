package spec_test

import (
	"strings"
	"testing"

	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
)

func TestValidateIntelRdt(t *testing.T) {
	tests := []struct {
		rdt  specs.LinuxIntelRdt
		want string // JSON path at fault
	}{
		{specs.LinuxIntelRdt{}, ""},
		{specs.LinuxIntelRdt{ClosID: "/", EnableMonitoring: true}, ""},
		{specs.LinuxIntelRdt{ClosID: "a.b..c", L3CacheSchema: "L3:0=f;1=f\nL3CODE:0=1", MemBwSchema: "MB:0=20", Schemata: []string{"L2:0=1"}}, ""},
		{specs.LinuxIntelRdt{ClosID: "."}, "linux.intelRdt.closID"},
		{specs.LinuxIntelRdt{ClosID: ".."}, "linux.intelRdt.closID"},
		{specs.LinuxIntelRdt{ClosID: "//"}, "linux.intelRdt.closID"},
		{specs.LinuxIntelRdt{ClosID: "a/../../b"}, "linux.intelRdt.closID"},
		{specs.LinuxIntelRdt{ClosID: "a\nb"}, "linux.intelRdt.closID"},
		{specs.LinuxIntelRdt{ClosID: "info"}, "linux.intelRdt.closID"},
		{specs.LinuxIntelRdt{ClosID: "mon_groups"}, "linux.intelRdt.closID"},
		{specs.LinuxIntelRdt{ClosID: strings.Repeat("a", 256)}, "linux.intelRdt.closID"},
		{specs.LinuxIntelRdt{MemBwSchema: "0=20"}, "linux.intelRdt.memBwSchema"},
		{specs.LinuxIntelRdt{MemBwSchema: "MB:0=20\nL3:0=1"}, "linux.intelRdt.memBwSchema"},
		{specs.LinuxIntelRdt{L3CacheSchema: "L3:0=1\nff"}, "linux.intelRdt.l3CacheSchema"},
		{specs.LinuxIntelRdt{Schemata: []string{"L3:0=1", ""}}, "linux.intelRdt.schemata[1]"},
		{specs.LinuxIntelRdt{Schemata: []string{"L3:0=1\nL3:1=1"}}, "linux.intelRdt.schemata[0]"},
		{specs.LinuxIntelRdt{Schemata: []string{" :0=1"}}, "linux.intelRdt.schemata[0]"},
	}
	for _, test := range tests {
		s := good(t)
		s.Linux.IntelRdt = &test.rdt
		faults := spec.Validate(s)
		if got := paths(faults); got != test.want {
			t.Errorf("%+v: got %v, want %q", test.rdt, faults, test.want)
		}
	}
}

// paths returns the JSON paths of faults, one a line.
func paths(faults spec.Faults) string {
	var list []string
	for _, f := range faults {
		list = append(list, f.Path)
	}
	return strings.Join(list, "\n")
}
