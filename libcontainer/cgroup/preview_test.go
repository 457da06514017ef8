package cgroup

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// What Preview says is what Create writes, on a host of either version.
func TestPreview(t *testing.T) {
	limit, one := int64(1<<20), int64(1)
	res := &specs.LinuxResources{
		Memory: &specs.LinuxMemory{Limit: &limit},
		Pids:   &specs.LinuxPids{Limit: &one},
		Devices: []specs.LinuxDeviceCgroup{
			{Access: "rwm"},
			{Allow: true, Type: "b", Major: &one, Minor: &one, Access: "r"},
		},
	}
	v1 := &Config{Version: 1, Hierarchies: []Hierarchy{
		{Controllers: []string{"memory"}, Mount: "/m", Path: "/c"}, {Controllers: []string{"devices"}, Mount: "/d", Path: "/c"},
	}}
	v2 := &Config{Version: 2, Hierarchies: []Hierarchy{{Mount: "/u", Path: "/c"}}}
	got, err := v1.Preview(res)
	if err != nil {
		t.Fatal(err)
	}
	want := []Value{{"linux.resources.memory.limit", "/m/c", "memory.limit_in_bytes", "1048576", false}}
	if diff := cmp.Diff(want, got.Values); diff != "" {
		t.Errorf("v1 (-want +got):\n%s", diff)
	}
	if len(got.Refused) != 1 || got.Refused[0].Error() != "linux.resources.pids: needs the pids cgroup controller, which this host does not have (leave the limit out, or mount the controller and enable it)" {
		t.Errorf("v1 refuses %v", got.Refused)
	}
	got, err = v2.Preview(res)
	if err != nil {
		t.Fatal(err)
	}
	want = []Value{{"linux.resources.memory.limit", "/u/c", "memory.max", "1048576", false}, {"linux.resources.pids.limit", "/u/c", "pids.max", "1", false}}
	if diff := cmp.Diff(want, got.Values); diff != "" {
		t.Errorf("v2 (-want +got):\n%s", diff)
	}
	own := slices.DeleteFunc(slices.Clone(got.Devices.Exceptions), func(r DeviceRule) bool { return r.Default })
	if diff := cmp.Diff([]DeviceRule{{"b 1:1", "r", false}}, own); diff != "" || got.Devices.All {
		t.Errorf("devices: all %v (-want +got):\n%s", got.Devices.All, diff)
	}
}

// Access to everything is not hidden behind the rules that came before it.
func TestPreviewOfAllDevices(t *testing.T) {
	c := &Config{Version: 2, Hierarchies: []Hierarchy{{Mount: "/u", Path: "/c"}}}
	got, err := c.Preview(&specs.LinuxResources{Devices: []specs.LinuxDeviceCgroup{{Allow: true, Access: "rwm"}}})
	if err != nil {
		t.Fatal(err)
	}
	if !got.Devices.All || len(got.Devices.Exceptions) != 0 {
		t.Errorf("got %+v, want all devices", got.Devices)
	}
}
