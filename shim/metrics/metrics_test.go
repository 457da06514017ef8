package metrics

import (
	"math"
	"testing"

	v1 "github.com/containerd/cgroups/v3/cgroup1/stats"
	v2 "github.com/containerd/cgroups/v3/cgroup2/stats"
	"github.com/oci-rt/rt/libcontainer"
	"github.com/oci-rt/rt/libcontainer/cgroup"
	"github.com/oci-rt/rt/libcontainer/netdevice"
	"google.golang.org/protobuf/proto"
)

func sample() *libcontainer.Stats {
	return &libcontainer.Stats{
		Stats: cgroup.Stats{
			CPU: cgroup.CPUStats{Usage: cgroup.CPUUsage{Total: 5000, User: 3000, Kernel: 2000}, Throttling: cgroup.Throttling{Periods: 7, ThrottledPeriods: 2, ThrottledTime: 9000}},
			Memory: cgroup.MemoryStats{
				Usage:  cgroup.MemoryUsage{Usage: 100, Limit: 1000, Max: 150},
				Swap:   cgroup.MemoryUsage{Usage: 130, Limit: math.MaxUint64, Max: 140},
				Events: map[string]uint64{"oom": 6, "oom_kill": 4, "under_oom": 1},
				Raw:    map[string]uint64{"anon": 60, "inactive_file": 30, "total_inactive_file": 31, "pgfault": 8},
			},
			Pids: cgroup.PidsStats{Current: 3},
			BlockIO: cgroup.BlockIOStats{
				ServiceBytes: []cgroup.BlockIO{{Major: 8, Op: "Read", Value: 10}, {Major: 8, Op: "Write", Value: 20}, {Major: 9, Op: "read", Value: 1}},
				Serviced:     []cgroup.BlockIO{{Major: 8, Op: "Read", Value: 2}},
			},
			Hugetlb: map[string]cgroup.HugetlbStats{"2MB": {Usage: 1}, "1GB": {Usage: 2}},
			RDMA: cgroup.RDMAStats{
				Current: []cgroup.RDMADevice{{Name: "mlx4_0", Handles: 2, Objects: 3}},
				Limit:   []cgroup.RDMADevice{{Name: "mlx4_0", Handles: 20, Objects: math.MaxUint64}},
			},
		},
		NetworkInterfaces: []netdevice.Counters{{Name: "eth0", RxBytes: 1, TxBytes: 2}},
	}
}

func TestV1(t *testing.T) {
	m := Of(sample(), false).(*v1.Metrics)
	if m.CPU.Usage.Total != 5000 || m.CPU.Throttling.ThrottledTime != 9000 || m.Memory.Usage.Limit != 1000 || m.Memory.Swap.Usage != 130 ||
		m.Memory.TotalInactiveFile != 31 || m.Pids.Limit != 0 || len(m.Blkio.IoServiceBytesRecursive) != 3 || m.Hugetlb[0].Pagesize != "1GB" || m.Network[0].TxBytes != 2 {
		t.Errorf("%v", m)
	}
	if oom := m.MemoryOomControl; oom.OomKill != 4 || oom.UnderOom != 1 || oom.OomKillDisable != 0 {
		t.Errorf("out of memory: %v", oom)
	}
	if r := m.Rdma; r.Current[0].Device != "mlx4_0" || r.Current[0].HcaHandles != 2 || r.Limit[0].HcaObjects != math.MaxUint32 {
		t.Errorf("rdma: %v", r)
	}
}

func TestV2(t *testing.T) {
	m := Of(sample(), true).(*v2.Metrics)
	if m.CPU.UsageUsec != 5 || m.CPU.ThrottledUsec != 9 || m.Pids.Limit != math.MaxUint64 || m.Memory.Anon != 60 || m.Memory.InactiveFile != 30 ||
		m.Hugetlb[1].Pagesize != "2MB" || m.Network[0].RxBytes != 1 || m.CPU.PSI != nil {
		t.Errorf("%v", m)
	}
	if m.Memory.SwapUsage != 30 || m.Memory.SwapLimit != math.MaxUint64 || m.Memory.SwapMaxUsage != 0 {
		t.Errorf("swap alone: %v", m.Memory)
	}
	if e := m.MemoryEvents; e.Oom != 6 || e.OomKill != 4 || e.High != 0 {
		t.Errorf("memory events: %v", e)
	}
	if r := m.Rdma; r.Current[0].HcaObjects != 3 || r.Limit[0].HcaHandles != 20 || r.Limit[0].HcaObjects != math.MaxUint32 {
		t.Errorf("rdma: %v", r)
	}
	want := []*v2.IOEntry{{Major: 8, Rbytes: 10, Wbytes: 20, Rios: 2}, {Major: 9, Rbytes: 1}}
	for i, e := range m.Io.Usage {
		if len(m.Io.Usage) != len(want) || !proto.Equal(e, want[i]) {
			t.Errorf("io: %v", m.Io.Usage)
		}
	}
}
