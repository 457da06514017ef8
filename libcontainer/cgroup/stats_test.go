package cgroup

import (
	"context"
	"maps"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/opencontainers/cgroups"
	cgroup1 "github.com/opencontainers/cgroups/fs"
	cgroup2 "github.com/opencontainers/cgroups/fs2"
	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// statsByLibrary reads the stats of directories by the library of runc, and
// gives them rt's types.
func statsByLibrary(t *testing.T, version int, dir func(controller string) string) *Stats {
	t.Helper()
	cgroups.TestMode = true
	t.Cleanup(func() { cgroups.TestMode = false })
	s := cgroups.NewStats()
	if version == 2 {
		m, err := cgroup2.NewManager(&cgroups.Cgroup{Resources: &cgroups.Resources{}}, dir("memory"))
		if err != nil {
			t.Fatal(err)
		}
		if s, err = m.GetStats(); err != nil {
			t.Fatal(err)
		}
		return fromLibrary(s)
	}
	for _, g := range []interface {
		Name() string
		GetStats(dir string, s *cgroups.Stats) error
	}{&cgroup1.CpuGroup{}, &cgroup1.CpuacctGroup{}, &cgroup1.CpusetGroup{}, &cgroup1.MemoryGroup{}, &cgroup1.PidsGroup{}, &cgroup1.BlkioGroup{}, &cgroup1.HugetlbGroup{}} {
		if err := g.GetStats(dir(g.Name()), s); err != nil {
			t.Fatal(g.Name(), err)
		}
	}
	return fromLibrary(s)
}

func fromLibrary(s *cgroups.Stats) *Stats {
	u := s.CpuStats.CpuUsage
	throttled := s.CpuStats.ThrottlingData
	blkio := s.BlkioStats
	all := &Stats{
		CPU: CPUStats{
			CPUUsage{u.TotalUsage, u.PercpuUsage, u.PercpuUsageInKernelmode, u.PercpuUsageInUsermode, u.UsageInKernelmode, u.UsageInUsermode},
			Throttling{throttled.Periods, throttled.ThrottledPeriods, throttled.ThrottledTime}, psiFromLibrary(s.CpuStats.PSI),
		},
		CPUSet: CPUSetStats(s.CPUSetStats),
		Memory: MemoryStats{
			Cache: s.MemoryStats.Cache, Usage: usageFromLibrary(s.MemoryStats.Usage), Swap: usageFromLibrary(s.MemoryStats.SwapUsage),
			Kernel: usageFromLibrary(s.MemoryStats.KernelUsage), KernelTCP: usageFromLibrary(s.MemoryStats.KernelTCPUsage),
			Raw: s.MemoryStats.Stats, PSI: psiFromLibrary(s.MemoryStats.PSI),
		},
		Pids: PidsStats(s.PidsStats),
		BlockIO: BlockIOStats{
			blockIOFromLibrary(blkio.IoServiceBytesRecursive), blockIOFromLibrary(blkio.IoServicedRecursive), blockIOFromLibrary(blkio.IoQueuedRecursive),
			blockIOFromLibrary(blkio.IoServiceTimeRecursive), blockIOFromLibrary(blkio.IoWaitTimeRecursive), blockIOFromLibrary(blkio.IoMergedRecursive),
			blockIOFromLibrary(blkio.IoTimeRecursive), blockIOFromLibrary(blkio.SectorsRecursive), psiFromLibrary(blkio.PSI),
		},
		Hugetlb: map[string]HugetlbStats{},
	}
	for size, h := range s.HugetlbStats {
		all.Hugetlb[size] = HugetlbStats{h.Usage, h.MaxUsage, h.Failcnt}
	}
	return all
}

func usageFromLibrary(d cgroups.MemoryData) MemoryUsage {
	return MemoryUsage{Limit: d.Limit, Usage: d.Usage, Max: d.MaxUsage, Failcnt: d.Failcnt}
}

func blockIOFromLibrary(entries []cgroups.BlkioStatEntry) (list []BlockIO) {
	for _, e := range entries {
		list = append(list, BlockIO(e))
	}
	return list
}

func psiFromLibrary(p *cgroups.PSIStats) *PSI {
	if p == nil {
		return nil
	}
	return &PSI{Pressure(p.Some), Pressure(p.Full)}
}

// fakeV1 are files of v1 with numbers that are all different.
var fakeV1 = map[string]string{
	"cpuacct.usage": "600\n", "cpuacct.usage_percpu": "400 200 \n", "cpuacct.stat": "user 7\nsystem 5\n",
	"cpuacct.usage_all": "cpu user system\n0 300 100\n1 150 50\n",
	"cpu.stat":          "nr_periods 10\nnr_throttled 4\nthrottled_time 123\nnr_bursts 2\nburst_time 3\n",
	"cpuset.cpus":       "0-2,5\n", "cpuset.mems": "0\n", "cpuset.cpu_exclusive": "1\n", "cpuset.mem_hardwall": "2\n", "cpuset.mem_exclusive": "3\n",
	"cpuset.memory_migrate": "4\n", "cpuset.memory_spread_page": "5\n", "cpuset.memory_spread_slab": "6\n", "cpuset.memory_pressure": "7\n",
	"cpuset.sched_load_balance": "8\n", "cpuset.sched_relax_domain_level": "-1\n",
	"memory.stat": "cache 100\nrss 200\n", "memory.use_hierarchy": "1\n", "memory.numa_stat": "",
	"memory.usage_in_bytes": "1\n", "memory.max_usage_in_bytes": "2\n", "memory.failcnt": "3\n", "memory.limit_in_bytes": "9223372036854771712\n",
	"memory.memsw.usage_in_bytes": "11\n", "memory.memsw.max_usage_in_bytes": "12\n", "memory.memsw.failcnt": "13\n", "memory.memsw.limit_in_bytes": "14\n",
	"memory.kmem.usage_in_bytes": "21\n", "memory.kmem.max_usage_in_bytes": "22\n", "memory.kmem.failcnt": "23\n",
	"memory.kmem.tcp.usage_in_bytes": "31\n", "memory.kmem.tcp.max_usage_in_bytes": "32\n", "memory.kmem.tcp.failcnt": "33\n", "memory.kmem.tcp.limit_in_bytes": "34\n",
	"pids.current": "5\n", "pids.max": "max\n",
	"blkio.throttle.io_service_bytes_recursive": "8:0 Read 1\n8:0 Write 2\n8:0 Total 3\n8:16 Read 4\nTotal 7\n",
	"blkio.throttle.io_serviced_recursive":      "8:0 Read 5\n8:0 Total 5\nTotal 5\n",
	"blkio.throttle.io_service_bytes":           "8:0 Read 99\n",
	"blkio.throttle.io_serviced":                "8:0 Read 98\n",
}

// TestStatsAsLibraryV1 compares what is read from directories of plain files
// with what the library reads there.
func TestStatsAsLibraryV1(t *testing.T) {
	cfq := map[string]string{}
	for _, name := range []string{
		"sectors", "io_service_time", "io_wait_time", "io_merged", "io_queued", "time", "io_serviced", "io_service_bytes",
	} {
		cfq["blkio."+name+"_recursive"] = "8:0 Read " + itoa(len(name)) + "\n"
	}
	cfq["blkio.sectors_recursive"] = "8:0 77\n"
	bfq := map[string]string{
		"blkio.bfq.io_serviced_recursive": "8:0 Read 40\n", "blkio.bfq.io_service_bytes_recursive": "8:0 Read 41\n",
	}
	for name, more := range map[string]map[string]string{
		"throttling": {}, "CFQ": cfq, "BFQ": bfq, "limits": {"pids.max": "7\n", "memory.kmem.limit_in_bytes": "24\n"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := fakeDirWith(t, fakeV1, more, hugetlbFiles(map[string]string{"rsvd.usage_in_bytes": "1", "rsvd.max_usage_in_bytes": "2", "rsvd.failcnt": "3"}))
			c := &Config{Version: 1, Hierarchies: []Hierarchy{{
				Controllers: []string{"cpu", "cpuacct", "cpuset", "memory", "pids", "blkio", "hugetlb"}, Mount: dir,
			}}}
			compareStats(t, c, func(string) string { return dir })
		})
	}
}

const pressure = "some avg10=1.50 avg60=0.25 avg300=0.00 total=12345\nfull avg10=1.00 avg60=0.10 avg300=0.01 total=2345\n"

// fakeV2 are files of v2.
var fakeV2 = map[string]string{
	"cgroup.controllers": "cpu io memory pids hugetlb\n", "cgroup.procs": "1\n2\n",
	"cpu.stat":    "usage_usec 600\nuser_usec 400\nsystem_usec 200\nnr_periods 10\nnr_throttled 4\nthrottled_usec 123\nnr_bursts 1\nburst_usec 2\n",
	"io.stat":     "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6\n",
	"memory.stat": "anon 100\nfile 200\nkernel 300\n", "memory.current": "1000\n", "memory.max": "4000\n", "memory.peak": "2000\n",
	"memory.swap.current": "10\n", "memory.swap.max": "40\n", "memory.swap.peak": "30\n",
	"pids.current": "2\n", "pids.max": "7\n",
}

func TestStatsAsLibraryV2(t *testing.T) {
	stalls := map[string]string{"cpu.pressure": pressure, "io.pressure": pressure, "memory.pressure": pressure}
	for name, more := range map[string]map[string]string{
		"plain": {}, "pressure": stalls, "no limits": {"memory.max": "max\n", "memory.swap.max": "max\n", "pids.max": "max\n"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := fakeDirWith(t, fakeV2, more, hugetlbFiles(map[string]string{"rsvd.current": "9", "events": "max 4\n", "max": "max"}))
			c := &Config{Version: 2, Hierarchies: []Hierarchy{{Mount: dir}}}
			compareStats(t, c, func(string) string { return dir })
		})
	}
}

// A kernel with little in it, whose files the library asks for.
func TestStatsV2WithoutControllers(t *testing.T) {
	dir := fakeDirWith(t, map[string]string{
		"cpu.stat": "usage_usec 6\nuser_usec 4\nsystem_usec 2\n", "cgroup.procs": "1\n2\n", "io.stat": "8:0 \n\n253:0 rbytes=7\n",
		"memory.swap.max": "5\n", "memory.max": "max\n",
	})
	got, err := (&Config{Version: 2, Hierarchies: []Hierarchy{{Mount: dir}}}).Stats()
	if err != nil {
		t.Fatal(err)
	}
	want := &Stats{
		CPU:     CPUStats{Usage: CPUUsage{Total: 6000, User: 4000, Kernel: 2000}},
		Memory:  MemoryStats{Raw: map[string]uint64{}, Events: map[string]uint64{}, Usage: MemoryUsage{Limit: unlimited}, Swap: MemoryUsage{Limit: unlimited}},
		Pids:    PidsStats{Current: 2},
		BlockIO: BlockIOStats{ServiceBytes: []BlockIO{{253, 0, "Read", 7}}},
		Hugetlb: map[string]HugetlbStats{},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error("(-want +got)\n" + d)
	}
}

// TestStatsBesides has what the library does not read.
func TestStatsBesides(t *testing.T) {
	rdma := map[string]string{"rdma.current": "mlx4_0 hca_handle=2 hca_object=2000\n", "rdma.max": "mlx4_0 hca_handle=3 hca_object=max\nocrdma1 hca_handle=4 hca_object=5\n"}
	for version, events := range map[int]map[string]string{
		1: {"memory.oom_control": "oom_kill_disable 0\nunder_oom 1\noom_kill 4\n"},
		2: {"memory.events": "low 0\nhigh 0\nmax 7\noom 5\noom_kill 4\noom_group_kill 0\n"},
	} {
		dir := fakeDirWith(t, rdma, events)
		h := Hierarchy{Mount: dir}
		if version == 1 {
			h.Controllers = []string{"memory", "rdma"}
		}
		s, err := (&Config{Version: version, Hierarchies: []Hierarchy{h}}).Stats()
		if err != nil {
			t.Fatal(err)
		}
		if s.Memory.Events["oom_kill"] != 4 {
			t.Errorf("v%d: events %v", version, s.Memory.Events)
		}
		want := RDMAStats{Current: []RDMADevice{{"mlx4_0", 2, 2000}}, Limit: []RDMADevice{{"mlx4_0", 3, unlimited}, {"ocrdma1", 4, 5}}}
		if d := cmp.Diff(want, s.RDMA); d != "" {
			t.Errorf("v%d: (-want +got)\n%s", version, d)
		}
	}
}

func TestStatsFaults(t *testing.T) {
	for file, content := range map[string]string{"memory.current": "much\n", "cpu.stat": "usage_usec x\n", "io.stat": "8:x rios=1\n", "io.pressure": "some avg10=x\n"} {
		dir := fakeDirWith(t, fakeV2, map[string]string{file: content})
		if _, err := (&Config{Version: 2, Hierarchies: []Hierarchy{{Mount: dir}}}).Stats(); err == nil {
			t.Errorf("%s: %q is taken", file, content)
		}
	}
}

// TestStatsAsLibraryInKernel compares what is read of a frozen process.
func TestStatsAsLibraryInKernel(t *testing.T) {
	c := newConfig(t)
	if err := c.Create(&specs.LinuxResources{Pids: &specs.LinuxPids{Limit: pointer[int64](50)}}); err != nil {
		t.Fatal(err)
	}
	start(t, c, "i=0; while [ $i -lt 10000 ]; do i=$((i+1)); done; exec sleep 100")
	eventually(t, "it sleeps", func() bool { pids, _ := c.Procs(); return len(pids) == 1 && comm(pids[0]) == "sleep\n" })
	if err := c.Freeze(context.Background()); err != nil {
		t.Fatal(err)
	}
	// What the kernel frees in the background, and averages, move a little while.
	d := diffStats(t, c, c.withController)
	for end := time.Now().Add(10 * time.Second); d != "" && time.Now().Before(end); d = diffStats(t, c, c.withController) {
		time.Sleep(10 * time.Millisecond)
	}
	if d != "" {
		t.Error("(-library +rt)\n" + d)
	}
	if s, err := c.Stats(); err != nil || s.CPU.Usage.Total == 0 || s.Memory.Usage.Usage == 0 || s.Pids != (PidsStats{1, 50}) {
		t.Errorf("%v, %+v", err, s)
	}
}

func comm(pid int) string {
	name, _ := readFile("/proc/" + itoa(pid) + "/comm")
	return name
}

func compareStats(t *testing.T, c *Config, dir func(controller string) string) {
	t.Helper()
	if d := diffStats(t, c, dir); d != "" {
		t.Error("(-library +rt)\n" + d)
	}
}

func diffStats(t *testing.T, c *Config, dir func(controller string) string) string {
	t.Helper()
	got, err := c.Stats()
	if err != nil {
		t.Fatal(err)
	}
	got.Memory.Events, got.RDMA = nil, RDMAStats{} // which it does not read: TestStatsBesides
	empty := cmp.FilterValues(func(a, b []uint64) bool { return len(a)+len(b) == 0 }, cmp.Ignore())
	return cmp.Diff(statsByLibrary(t, c.Version, dir), got, empty)
}

// fakeDirWith makes a cgroup's directory with these files. Later ones replace
// others.
func fakeDirWith(t *testing.T, lists ...map[string]string) string {
	t.Helper()
	all := map[string]string{}
	for _, files := range lists {
		maps.Copy(all, files)
	}
	dir := fakeDir(t, slices.Collect(maps.Keys(all))...)
	for name, content := range all {
		if err := os.WriteFile(dir+"/"+name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// hugetlbFiles returns files for all page sizes of this machine.
func hugetlbFiles(contents map[string]string) map[string]string {
	files := map[string]string{}
	for _, size := range pageSizes() {
		for name, content := range contents {
			files["hugetlb."+size+"."+name] = content
		}
	}
	return files
}

func TestPageSizeNames(t *testing.T) {
	library := slices.Sorted(slices.Values(cgroups.HugePageSizes())) // as the directory has them
	if d := cmp.Diff(library, slices.Sorted(slices.Values(pageSizes()))); d != "" {
		t.Error("(-library +rt)\n" + d)
	}
	for kib, want := range map[uint64]string{64: "64KB", 2048: "2MB", 1 << 20: "1GB", 16 << 20: "16GB"} {
		if got := pageSizeName(kib); got != want {
			t.Errorf("%d: %s", kib, got)
		}
	}
}
