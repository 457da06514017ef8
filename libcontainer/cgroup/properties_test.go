package cgroup

import (
	"errors"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/oci-rt/rt/libcontainer/systemd"
	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// asMap returns properties by name. It fails if one is there twice, which systemd
// would take for more of a list.
func (p properties) asMap(t *testing.T) map[string]any {
	t.Helper()
	m := map[string]any{}
	for _, property := range p {
		if _, ok := m[property.Name]; ok {
			t.Errorf("%s is there twice", property.Name)
		}
		m[property.Name] = property.Value.Value()
	}
	return m
}

// TestResourceProperties has all that a configuration can say, on both
// versions.
func TestResourceProperties(t *testing.T) {
	res := &specs.LinuxResources{
		Memory: &specs.LinuxMemory{Limit: new(int64(64 << 20)), Swap: new(int64(96 << 20)), Reservation: new(int64(32 << 20))},
		CPU: &specs.LinuxCPU{
			Shares: new(uint64(1024)), Quota: new(int64(25500)), Period: new(uint64(50000)), Cpus: "0,3-4,8", Mems: "0", Burst: new(uint64(7)),
		},
		Pids:    &specs.LinuxPids{Limit: new(int64(20))},
		BlockIO: &specs.LinuxBlockIO{Weight: new(uint16(1000))},
	}
	want := map[int]map[string]any{
		1: {
			"MemoryLimit": uint64(64 << 20), "CPUShares": uint64(1024), "CPUQuotaPerSecUSec": uint64(510_000), "CPUQuotaPeriodUSec": uint64(50_000),
			"TasksMax": uint64(20), "BlockIOWeight": uint64(1000),
		},
		2: {
			"MemoryMax": uint64(64 << 20), "MemorySwapMax": uint64(32 << 20), "MemoryLow": uint64(32 << 20), "CPUWeight": uint64(100),
			"CPUQuotaPerSecUSec": uint64(510_000), "CPUQuotaPeriodUSec": uint64(50_000), "AllowedCPUs": []byte{0b11001, 1}, "AllowedMemoryNodes": []byte{1},
			"TasksMax": uint64(20), "IOWeight": uint64(10_000),
		},
	}
	for version, want := range want {
		c := &Config{Version: version}
		var list properties
		if err := c.resourceProperties(&list, res, noVersion(t)); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, list.asMap(t)); diff != "" {
			t.Errorf("v%d (-want +got):\n%s", version, diff)
		}
	}
}

// noVersion fails where nobody should have to ask for systemd's version.
func noVersion(t *testing.T) func() (int, error) {
	return func() (int, error) {
		t.Error("asked for systemd's version")
		return 0, nil
	}
}

func TestNoLimits(t *testing.T) {
	res := &specs.LinuxResources{
		Memory:  &specs.LinuxMemory{Limit: new(int64(-1))},
		CPU:     &specs.LinuxCPU{Quota: new(int64(-1)), Idle: new(int64(0))},
		Pids:    &specs.LinuxPids{Limit: new(int64(-1))},
		Unified: map[string]string{"memory.high": "max", "cpu.max": "max 50000"},
	}
	var list properties
	if err := (&Config{Version: 2}).resourceProperties(&list, res, noVersion(t)); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"MemoryMax": uint64(infinity), "MemorySwapMax": uint64(infinity), "TasksMax": uint64(infinity), "MemoryHigh": uint64(infinity),
		"CPUQuotaPerSecUSec": uint64(infinity), "CPUQuotaPeriodUSec": uint64(50_000),
	}
	if diff := cmp.Diff(want, list.asMap(t)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := tasksMax(0); got != 1 {
		t.Errorf("tasksMax(0) = %d, want 1, the least that systemd takes", got)
	}
}

func TestUnifiedProperties(t *testing.T) {
	values := map[string]string{
		"cpu.max": "5000", "cpu.weight": " 7\n", "cpuset.cpus": "1", "cpuset.mems": "0", "io.weight": "default 9", "memory.low": "1",
		"memory.min": "2", "memory.max": "3", "memory.high": "4", "memory.swap.max": "5", "pids.max": "0", "memory.oom.group": "1",
		"hugetlb.2MB.max": "0", "memory.zswap.max": "6", "io.max": "8:0 rbps=1",
	}
	want := map[string]any{
		"CPUQuotaPerSecUSec": uint64(50_000), "CPUWeight": uint64(7), "AllowedCPUs": []byte{2}, "AllowedMemoryNodes": []byte{1}, "IOWeight": uint64(9),
		"MemoryLow": uint64(1), "MemoryMin": uint64(2), "MemoryMax": uint64(3), "MemoryHigh": uint64(4), "MemorySwapMax": uint64(5),
		"TasksMax": uint64(1), "OOMPolicy": "kill",
	}
	var list properties
	if err := unifiedProperties(&list, values, func() (int, error) { return 253, nil }); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, list.asMap(t)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What is no value is no property: the kernel refuses it, and names the file.
func TestUnifiedFaults(t *testing.T) {
	values := map[string]string{
		"cpu.max": "", "cpu.weight": "x", "cpuset.cpus": "3-1", "cpuset.mems": "a", "memory.max": "-1", "pids.max": "", "memory.oom.group": "2", "cpu.idle": "0",
	}
	var list properties
	if err := unifiedProperties(&list, values, noVersion(t)); err != nil || len(list) > 0 {
		t.Errorf("properties are %v, %v", list, err)
	}
}

func TestPropertiesOfNewVersions(t *testing.T) {
	idle := &specs.LinuxResources{CPU: &specs.LinuxCPU{Shares: new(uint64(2)), Idle: new(int64(1))}}
	unified := &specs.LinuxResources{Unified: map[string]string{"cpu.idle": "1", "memory.oom.group": "0"}}
	tests := []struct {
		res     *specs.LinuxResources
		version int
		want    map[string]any
	}{
		{idle, 251, map[string]any{"CPUWeight": uint64(1)}},
		{idle, 252, map[string]any{"CPUWeight": uint64(0)}},
		{unified, 252, map[string]any{"CPUWeight": uint64(0)}},
		{unified, 253, map[string]any{"CPUWeight": uint64(0), "OOMPolicy": "continue"}},
	}
	c := &Config{Version: 2}
	for _, tt := range tests {
		var list properties
		if err := c.resourceProperties(&list, tt.res, func() (int, error) { return tt.version, nil }); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(tt.want, list.asMap(t)); diff != "" {
			t.Errorf("systemd %d (-want +got):\n%s", tt.version, diff)
		}
	}
	broken := errors.New("it does not tell")
	if err := c.resourceProperties(new(properties), idle, func() (int, error) { return 0, broken }); !errors.Is(err, broken) {
		t.Errorf("error is %v", err)
	}
}

func TestParseBits(t *testing.T) {
	for text, want := range map[string][]byte{
		"0": {1}, "7-8": {0x80, 1}, " 1,3\n": {0b1010}, "": nil, "a": nil, "1-": nil, "-1": nil, "2-1": nil, "0-100000": nil, "8192": nil, "1,,2": nil,
	} {
		if diff := cmp.Diff(want, parseBits(text)); diff != "" {
			t.Errorf("parseBits(%q) (-want +got):\n%s", text, diff)
		}
	}
}

func TestDeviceProperties(t *testing.T) {
	char := func(allow bool, major, minor *int64, access string) specs.LinuxDeviceCgroup {
		return specs.LinuxDeviceCgroup{Allow: allow, Type: "c", Major: major, Minor: minor, Access: access}
	}
	all := specs.LinuxDeviceCgroup{Allow: true, Access: "rwm"}
	tests := []struct {
		name   string
		rules  []specs.LinuxDeviceCgroup
		v1, v2 string // DevicePolicy
		has    string // in DeviceAllow
	}{
		{"defaults", nil, "strict", "strict", "/dev/char/1:3 rwm"},
		{"pts", nil, "strict", "strict", "char-136 rwm"},
		{"mknod", nil, "strict", "strict", "block-* m"},
		{"one", []specs.LinuxDeviceCgroup{char(true, new(int64(4)), new(int64(7)), "r")}, "strict", "strict", "/dev/char/4:7 r"},
		{"minor", []specs.LinuxDeviceCgroup{char(true, nil, new(int64(7)), "r")}, "strict", "auto", ""},
		{"all", []specs.LinuxDeviceCgroup{all}, "auto", "auto", ""},
		{"all but one", []specs.LinuxDeviceCgroup{all, char(false, new(int64(4)), new(int64(7)), "r")}, "auto", "auto", ""},
	}
	for _, tt := range tests {
		p, err := policyOf(&specs.LinuxResources{Devices: tt.rules})
		if err != nil {
			t.Fatal(tt.name, err)
		}
		for version, want := range map[int]string{1: tt.v1, 2: tt.v2} {
			var list properties
			(&Config{Version: version}).deviceProperties(&list, p)
			m := list.asMap(t)
			if m["DevicePolicy"] != want {
				t.Errorf("%s, v%d: DevicePolicy is %v, want %s", tt.name, version, m["DevicePolicy"], want)
			}
			allowed := m["DeviceAllow"].([]systemd.DeviceAllow)
			if (want == "auto") != (len(allowed) == 0) {
				t.Errorf("%s, v%d: DeviceAllow is %v with policy %s", tt.name, version, allowed, want)
			}
			if tt.has != "" && !hasDevice(allowed, tt.has) {
				t.Errorf("%s, v%d: DeviceAllow is %v, want also %s", tt.name, version, allowed, tt.has)
			}
		}
	}
}

func hasDevice(list []systemd.DeviceAllow, want string) bool {
	for _, item := range list {
		if item.Device+" "+item.Access == want {
			return true
		}
	}
	return false
}

// A quota is never above what systemd makes of it, in whole percents.
func TestQuotaProperties(t *testing.T) {
	for _, tt := range []struct {
		quota  int64
		period uint64
		want   uint64
	}{
		{100_000, 0, 1_000_000}, {25_500, 100_000, 260_000}, {1000, 1_000_000, 10_000}, {math.MaxInt32, 1000, 2_147_483_650_000},
	} {
		var list properties
		quotaProperties(&list, tt.quota, tt.period)
		if got := list.asMap(t)["CPUQuotaPerSecUSec"]; got != tt.want {
			t.Errorf("quota %d of %d is %v a second, want %d", tt.quota, tt.period, got, tt.want)
		}
	}
}
