package cgroup

import (
	"fmt"
	"math"
	"testing"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// Each group of settings goes to its controllers. What is not asked for must
// not appear: it would ask for a controller that the host may not have.
func TestLimitsOf(t *testing.T) {
	throttle := []specs.LinuxThrottleDevice{{Rate: 1}}
	tests := map[string]specs.LinuxResources{
		"linux.resources.memory memory memory":            {Memory: &specs.LinuxMemory{Limit: pointer[int64](1)}},
		"linux.resources.memory.swappiness memory ":       {Memory: &specs.LinuxMemory{Swappiness: pointer[uint64](0)}},
		"linux.resources.memory.disableOOMKiller memory ": {Memory: &specs.LinuxMemory{DisableOOMKiller: pointer(true)}},
		"linux.resources.cpu cpu cpu":                     {CPU: &specs.LinuxCPU{Idle: pointer[int64](0)}},
		"linux.resources.cpu.realtimeRuntime cpu ":        {CPU: &specs.LinuxCPU{RealtimePeriod: pointer[uint64](1)}},
		"linux.resources.cpu.cpus cpuset cpuset":          {CPU: &specs.LinuxCPU{Cpus: "0"}},
		"linux.resources.cpu.mems cpuset cpuset":          {CPU: &specs.LinuxCPU{Mems: "0"}},
		"linux.resources.pids pids pids":                  {Pids: &specs.LinuxPids{Limit: pointer[int64](0)}},
		"linux.resources.blockIO blkio io":                {BlockIO: &specs.LinuxBlockIO{ThrottleReadIOPSDevice: throttle}},
		"linux.resources.blockIO.weight blkio io":         {BlockIO: &specs.LinuxBlockIO{Weight: pointer[uint16](10)}},
		"linux.resources.blockIO.leafWeight blkio ":       {BlockIO: &specs.LinuxBlockIO{LeafWeight: pointer[uint16](10)}},
		"linux.resources.hugepageLimits hugetlb hugetlb":  {HugepageLimits: []specs.LinuxHugepageLimit{{Pagesize: "2MB"}}},
		"linux.resources.network.classID net_cls ":        {Network: &specs.LinuxNetwork{ClassID: pointer[uint32](1)}},
		"linux.resources.network.priorities net_prio ":    {Network: &specs.LinuxNetwork{Priorities: []specs.LinuxInterfacePriority{{}}}},
		"linux.resources.rdma rdma rdma":                  {Rdma: map[string]specs.LinuxRdma{"x": {}}},
		`linux.resources.unified["memory.high"]  memory`:  {Unified: map[string]string{"memory.high": "1"}},
	}
	for want, res := range tests {
		t.Run(want, func(t *testing.T) {
			limits := limitsOf(&res)
			if len(limits) != 1 {
				t.Fatal(len(limits), " limits")
			}
			l := limits[0]
			if got := fmt.Sprint(l.path, " ", l.v1, " ", l.v2); got != want {
				t.Errorf("got %q", got)
			}
		})
	}
	none := specs.LinuxResources{
		Memory: &specs.LinuxMemory{UseHierarchy: pointer(false), KernelTCP: pointer[int64](1), Swappiness: pointer[uint64](math.MaxUint64)},
		CPU:    &specs.LinuxCPU{}, Pids: &specs.LinuxPids{},
		BlockIO: &specs.LinuxBlockIO{
			Weight: pointer[uint16](0), LeafWeight: pointer[uint16](0), WeightDevice: []specs.LinuxWeightDevice{{Weight: pointer[uint16](0)}},
		},
		HugepageLimits: []specs.LinuxHugepageLimit{}, Network: &specs.LinuxNetwork{ClassID: pointer[uint32](0)},
	}
	if limits := limitsOf(&none); len(limits) > 0 {
		t.Errorf("%+v for empty settings", limits)
	}
}

func TestFormatBytes(t *testing.T) {
	for n, want := range map[uint64]string{0: "0 bytes", 1000: "1000 bytes", 256 << 10: "256 KiB", 64 << 20: "64 MiB", 3 << 30: "3 GiB"} {
		if got := formatBytes(n); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
}
