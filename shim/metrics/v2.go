package metrics

import (
	"maps"
	"math"
	"slices"
	"strings"

	v2 "github.com/containerd/cgroups/v3/cgroup2/stats"
	"github.com/oci-rt/rt/libcontainer"
	"github.com/oci-rt/rt/libcontainer/cgroup"
	"github.com/oci-rt/rt/libcontainer/netdevice"
)

func ofV2(s *libcontainer.Stats) *v2.Metrics {
	m := &v2.Metrics{
		Pids:   &v2.PidsStat{Current: s.Pids.Current, Limit: orUnlimited(s.Pids.Limit)},
		CPU:    cpuV2(&s.CPU),
		Memory: memoryV2(&s.Memory),
		Io:     &v2.IOStat{Usage: devicesV2(&s.BlockIO), PSI: psi(s.BlockIO.PSI)},
		Rdma:   &v2.RdmaStat{Current: rdmaV2(s.RDMA.Current), Limit: rdmaV2(s.RDMA.Limit)},

		MemoryEvents: eventsV2(s.Memory.Events),
	}
	for _, size := range slices.Sorted(maps.Keys(s.Hugetlb)) {
		h := s.Hugetlb[size]
		m.Hugetlb = append(m.Hugetlb, &v2.HugeTlbStat{Current: h.Usage, Max: h.Max, Pagesize: size, Failcnt: h.Failcnt})
	}
	for i := range s.NetworkInterfaces {
		m.Network = append(m.Network, networkV2(&s.NetworkInterfaces[i]))
	}
	return m
}

// orUnlimited converts "no limit" from 0 to the largest number, as these messages
// have it.
func orUnlimited(limit uint64) uint64 {
	if limit == 0 {
		return math.MaxUint64
	}
	return limit
}

// cpuV2 returns times in microseconds.
func cpuV2(c *cgroup.CPUStats) *v2.CPUStat {
	const nanoseconds = 1000
	return &v2.CPUStat{
		UsageUsec: c.Usage.Total / nanoseconds, UserUsec: c.Usage.User / nanoseconds, SystemUsec: c.Usage.Kernel / nanoseconds,
		NrPeriods: c.Throttling.Periods, NrThrottled: c.Throttling.ThrottledPeriods, ThrottledUsec: c.Throttling.ThrottledTime / nanoseconds,
		PSI: psi(c.PSI),
	}
}

// memoryV2 has the numbers of memory.stat by their names (kernel documentation,
// cgroup-v2, "memory.stat").
func memoryV2(m *cgroup.MemoryStats) *v2.MemoryStat {
	r := m.Raw
	return &v2.MemoryStat{
		Anon: r["anon"], File: r["file"], KernelStack: r["kernel_stack"], Slab: r["slab"], Sock: r["sock"], Shmem: r["shmem"],
		FileMapped: r["file_mapped"], FileDirty: r["file_dirty"], FileWriteback: r["file_writeback"], AnonThp: r["anon_thp"],
		InactiveAnon: r["inactive_anon"], ActiveAnon: r["active_anon"], InactiveFile: r["inactive_file"], ActiveFile: r["active_file"],
		Unevictable: r["unevictable"], SlabReclaimable: r["slab_reclaimable"], SlabUnreclaimable: r["slab_unreclaimable"],
		Pgfault: r["pgfault"], Pgmajfault: r["pgmajfault"],
		WorkingsetRefault: r["workingset_refault"], WorkingsetActivate: r["workingset_activate"], WorkingsetNodereclaim: r["workingset_nodereclaim"],
		Pgrefill: r["pgrefill"], Pgscan: r["pgscan"], Pgsteal: r["pgsteal"], Pgactivate: r["pgactivate"], Pgdeactivate: r["pgdeactivate"],
		Pglazyfree: r["pglazyfree"], Pglazyfreed: r["pglazyfreed"],
		ThpFaultAlloc: r["thp_fault_alloc"], ThpCollapseAlloc: r["thp_collapse_alloc"],
		Usage: m.Usage.Usage, UsageLimit: m.Usage.Limit, MaxUsage: m.Usage.Max,
		SwapUsage: swapOnly(m.Swap.Usage, m.Usage.Usage), SwapLimit: swapOnly(m.Swap.Limit, m.Usage.Limit), SwapMaxUsage: swapOnly(m.Swap.Max, m.Usage.Max),
		PSI: psi(m.PSI),
	}
}

// swapOnly subtracts memory from both, which is memory and swap together. "No limit"
// stays "no limit".
func swapOnly(both, memory uint64) uint64 {
	switch {
	case both == math.MaxUint64:
		return both
	case both < memory: // read one after the other
		return 0
	}
	return both - memory
}

func devicesV2(b *cgroup.BlockIOStats) []*v2.IOEntry {
	type device struct{ major, minor uint64 }
	entries := map[device]*v2.IOEntry{}
	var list []*v2.IOEntry
	at := func(e *cgroup.BlockIO) *v2.IOEntry {
		d := device{e.Major, e.Minor}
		if entries[d] == nil {
			entries[d] = &v2.IOEntry{Major: e.Major, Minor: e.Minor}
			list = append(list, entries[d])
		}
		return entries[d]
	}
	for i := range b.ServiceBytes {
		e := at(&b.ServiceBytes[i])
		addByOp(b.ServiceBytes[i], &e.Rbytes, &e.Wbytes)
	}
	for i := range b.Serviced {
		e := at(&b.Serviced[i])
		addByOp(b.Serviced[i], &e.Rios, &e.Wios)
	}
	return list
}

func addByOp(e cgroup.BlockIO, read, write *uint64) {
	switch strings.ToLower(e.Op) {
	case "read":
		*read += e.Value
	case "write":
		*write += e.Value
	}
}

func psi(p *cgroup.PSI) *v2.PSIStats {
	if p == nil {
		return nil
	}
	return &v2.PSIStats{Some: pressure(&p.Some), Full: pressure(&p.Full)}
}

func pressure(p *cgroup.Pressure) *v2.PSIData {
	return &v2.PSIData{Avg10: p.Avg10, Avg60: p.Avg60, Avg300: p.Avg300, Total: p.Total}
}

func networkV2(c *netdevice.Counters) *v2.NetworkStat {
	return &v2.NetworkStat{
		Name:    c.Name,
		RxBytes: c.RxBytes, RxPackets: c.RxPackets, RxErrors: c.RxErrors, RxDropped: c.RxDropped,
		TxBytes: c.TxBytes, TxPackets: c.TxPackets, TxErrors: c.TxErrors, TxDropped: c.TxDropped,
	}
}

// eventsV2 has the numbers of memory.events by their names (kernel documentation,
// cgroup-v2, "memory.events").
func eventsV2(n map[string]uint64) *v2.MemoryEvents {
	return &v2.MemoryEvents{Low: n["low"], High: n["high"], Max: n["max"], Oom: n["oom"], OomKill: n["oom_kill"], OomGroupKill: n["oom_group_kill"]}
}

func rdmaV2(list []cgroup.RDMADevice) []*v2.RdmaEntry {
	var entries []*v2.RdmaEntry
	for _, d := range list {
		entries = append(entries, &v2.RdmaEntry{Device: d.Name, HcaHandles: orMost(d.Handles), HcaObjects: orMost(d.Objects)})
	}
	return entries
}
