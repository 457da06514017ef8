package metrics

import (
	"maps"
	"slices"

	v1 "github.com/containerd/cgroups/v3/cgroup1/stats"
	"github.com/oci-rt/rt/libcontainer"
	"github.com/oci-rt/rt/libcontainer/cgroup"
	"github.com/oci-rt/rt/libcontainer/netdevice"
)

func ofV1(s *libcontainer.Stats) *v1.Metrics {
	m := &v1.Metrics{
		Pids:   &v1.PidsStat{Current: s.Pids.Current, Limit: s.Pids.Limit},
		CPU:    cpuV1(&s.CPU),
		Memory: memoryV1(&s.Memory),
		Blkio:  blockIOV1(&s.BlockIO),
		Rdma:   &v1.RdmaStat{Current: rdmaV1(s.RDMA.Current), Limit: rdmaV1(s.RDMA.Limit)},
		MemoryOomControl: &v1.MemoryOomControl{
			OomKillDisable: s.Memory.Events["oom_kill_disable"], UnderOom: s.Memory.Events["under_oom"], OomKill: s.Memory.Events["oom_kill"],
		},
	}
	for _, size := range slices.Sorted(maps.Keys(s.Hugetlb)) {
		h := s.Hugetlb[size]
		m.Hugetlb = append(m.Hugetlb, &v1.HugetlbStat{Usage: h.Usage, Max: h.Max, Failcnt: h.Failcnt, Pagesize: size})
	}
	for i := range s.NetworkInterfaces {
		m.Network = append(m.Network, networkV1(&s.NetworkInterfaces[i]))
	}
	return m
}

func cpuV1(c *cgroup.CPUStats) *v1.CPUStat {
	return &v1.CPUStat{
		Usage: &v1.CPUUsage{Total: c.Usage.Total, Kernel: c.Usage.Kernel, User: c.Usage.User, PerCPU: c.Usage.PerCPU},
		Throttling: &v1.Throttle{
			Periods: c.Throttling.Periods, ThrottledPeriods: c.Throttling.ThrottledPeriods, ThrottledTime: c.Throttling.ThrottledTime,
		},
	}
}

// memoryV1 has the numbers of memory.stat by their names (kernel documentation,
// cgroup-v1/memory, "stat file").
func memoryV1(m *cgroup.MemoryStats) *v1.MemoryStat {
	r := m.Raw
	return &v1.MemoryStat{
		Cache: r["cache"], RSS: r["rss"], RSSHuge: r["rss_huge"], MappedFile: r["mapped_file"],
		Dirty: r["dirty"], Writeback: r["writeback"],
		PgPgIn: r["pgpgin"], PgPgOut: r["pgpgout"], PgFault: r["pgfault"], PgMajFault: r["pgmajfault"],
		InactiveAnon: r["inactive_anon"], ActiveAnon: r["active_anon"],
		InactiveFile: r["inactive_file"], ActiveFile: r["active_file"], Unevictable: r["unevictable"],
		HierarchicalMemoryLimit: r["hierarchical_memory_limit"], HierarchicalSwapLimit: r["hierarchical_memsw_limit"],
		TotalCache: r["total_cache"], TotalRSS: r["total_rss"], TotalRSSHuge: r["total_rss_huge"],
		TotalMappedFile: r["total_mapped_file"], TotalDirty: r["total_dirty"], TotalWriteback: r["total_writeback"],
		TotalPgPgIn: r["total_pgpgin"], TotalPgPgOut: r["total_pgpgout"],
		TotalPgFault: r["total_pgfault"], TotalPgMajFault: r["total_pgmajfault"],
		TotalInactiveAnon: r["total_inactive_anon"], TotalActiveAnon: r["total_active_anon"],
		TotalInactiveFile: r["total_inactive_file"], TotalActiveFile: r["total_active_file"],
		TotalUnevictable: r["total_unevictable"],
		Usage:            entryV1(&m.Usage), Swap: entryV1(&m.Swap), Kernel: entryV1(&m.Kernel), KernelTCP: entryV1(&m.KernelTCP),
	}
}

func entryV1(u *cgroup.MemoryUsage) *v1.MemoryEntry {
	return &v1.MemoryEntry{Limit: u.Limit, Usage: u.Usage, Max: u.Max, Failcnt: u.Failcnt}
}

func blockIOV1(b *cgroup.BlockIOStats) *v1.BlkIOStat {
	return &v1.BlkIOStat{
		IoServiceBytesRecursive: devicesV1(b.ServiceBytes),
		IoServicedRecursive:     devicesV1(b.Serviced),
		IoQueuedRecursive:       devicesV1(b.Queued),
		IoServiceTimeRecursive:  devicesV1(b.ServiceTime),
		IoWaitTimeRecursive:     devicesV1(b.WaitTime),
		IoMergedRecursive:       devicesV1(b.Merged),
		IoTimeRecursive:         devicesV1(b.Time),
		SectorsRecursive:        devicesV1(b.Sectors),
	}
}

func devicesV1(list []cgroup.BlockIO) []*v1.BlkIOEntry {
	var entries []*v1.BlkIOEntry
	for _, e := range list {
		entries = append(entries, &v1.BlkIOEntry{Op: e.Op, Major: e.Major, Minor: e.Minor, Value: e.Value})
	}
	return entries
}

func networkV1(c *netdevice.Counters) *v1.NetworkStat {
	return &v1.NetworkStat{
		Name:    c.Name,
		RxBytes: c.RxBytes, RxPackets: c.RxPackets, RxErrors: c.RxErrors, RxDropped: c.RxDropped,
		TxBytes: c.TxBytes, TxPackets: c.TxPackets, TxErrors: c.TxErrors, TxDropped: c.TxDropped,
	}
}

func rdmaV1(list []cgroup.RDMADevice) []*v1.RdmaEntry {
	var entries []*v1.RdmaEntry
	for _, d := range list {
		entries = append(entries, &v1.RdmaEntry{Device: d.Name, HcaHandles: orMost(d.Handles), HcaObjects: orMost(d.Objects)})
	}
	return entries
}
