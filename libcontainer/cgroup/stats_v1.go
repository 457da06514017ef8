package cgroup

import (
	"strconv"
	"strings"
)

// statsV1 reads the stats of each controller in its own hierarchy.
func (c *Config) statsV1() (*Stats, error) {
	var s Stats
	var err error
	in := func(controller string, read func(r *statReader)) {
		if err != nil {
			return
		}
		r := &statReader{dir: c.withController(controller)}
		read(r)
		err = r.err
	}
	in("cpuacct", func(r *statReader) { s.CPU.Usage = cpuUsageV1(r) })
	in("cpu", func(r *statReader) { s.CPU.Throttling = throttling(r.keys("cpu.stat"), "throttled_time", 1) })
	in("cpuset", func(r *statReader) { s.CPUSet = cpusetStats(r) })
	in("memory", func(r *statReader) { s.Memory = memoryStatsV1(r) })
	in("pids", func(r *statReader) { s.Pids = pidsStats(r) })
	in("blkio", func(r *statReader) { s.BlockIO = blockIOStatsV1(r) })
	in("hugetlb", func(r *statReader) { s.Hugetlb = hugetlbStatsV1(r) })
	in("rdma", func(r *statReader) { s.RDMA = rdmaStats(r) })
	return &s, err
}

// tick is the unit of cpuacct.stat in nanoseconds: USER_HZ is 100 on every
// architecture that rt knows.
const tick = 1e9 / 100

func cpuUsageV1(r *statReader) CPUUsage {
	modes := r.keys("cpuacct.stat")
	u := CPUUsage{
		Total: r.number("cpuacct.usage"), PerCPU: r.numbers("cpuacct.usage_percpu"),
		Kernel: modes["system"] * tick, User: modes["user"] * tick,
	}
	content, _ := r.text("cpuacct.usage_all")
	for line := range strings.Lines(content) {
		// A line is "cpu user system", and the first one says so.
		if fields := strings.Fields(line); len(fields) >= 3 && fields[0] != "cpu" {
			u.PerCPUUser = append(u.PerCPUUser, r.parse("cpuacct.usage_all", fields[1]))
			u.PerCPUKernel = append(u.PerCPUKernel, r.parse("cpuacct.usage_all", fields[2]))
		}
	}
	return u
}

// throttling takes the values of cpu.stat, of which one is a time in a unit of
// so many nanoseconds.
func throttling(values map[string]uint64, time string, unit uint64) Throttling {
	return Throttling{Periods: values["nr_periods"], ThrottledPeriods: values["nr_throttled"], ThrottledTime: values[time] * unit}
}

func cpusetStats(r *statReader) CPUSetStats {
	s := CPUSetStats{
		CPUs: r.list("cpuset.cpus"), CPUExclusive: r.number("cpuset.cpu_exclusive"),
		Mems: r.list("cpuset.mems"), MemHardwall: r.number("cpuset.mem_hardwall"), MemExclusive: r.number("cpuset.mem_exclusive"),
		MemoryMigrate: r.number("cpuset.memory_migrate"), MemorySpreadPage: r.number("cpuset.memory_spread_page"),
		MemorySpreadSlab: r.number("cpuset.memory_spread_slab"), MemoryPressure: r.number("cpuset.memory_pressure"),
		SchedLoadBalance: r.number("cpuset.sched_load_balance"),
	}
	if text, ok := r.text("cpuset.sched_relax_domain_level"); ok {
		// -1, the default, among others.
		s.SchedRelaxDomainLevel, r.err = strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	}
	return s
}

func memoryStatsV1(r *statReader) MemoryStats {
	s := MemoryStats{
		Raw:   r.keys("memory.stat"),
		Usage: memoryUsageV1(r, "memory."), Swap: memoryUsageV1(r, "memory.memsw."),
		Kernel: memoryUsageV1(r, "memory.kmem."), KernelTCP: memoryUsageV1(r, "memory.kmem.tcp."),
		Events: r.keys("memory.oom_control"),
	}
	s.Cache = s.Raw["cache"]
	return s
}

func memoryUsageV1(r *statReader, prefix string) MemoryUsage {
	return MemoryUsage{
		Limit: r.number(prefix + "limit_in_bytes"), Usage: r.number(prefix + "usage_in_bytes"),
		Max: r.number(prefix + "max_usage_in_bytes"), Failcnt: r.number(prefix + "failcnt"),
	}
}

// pidsStats is the same on v1 and v2. No limit is 0.
func pidsStats(r *statReader) PidsStats {
	s := PidsStats{Current: r.number("pids.current"), Limit: r.number("pids.max")}
	if s.Limit == unlimited {
		s.Limit = 0
	}
	return s
}

// blockIOStatsV1 reads what the scheduler that counts most has: BFQ with the
// kernel's debugging, BFQ, CFQ (until Linux 5.0); if none has seen the
// container, what the throttling counts.
func blockIOStatsV1(r *statReader) BlockIOStats {
	var s BlockIOStats
	for _, prefix := range []string{"blkio.bfq.", "blkio."} {
		s = BlockIOStats{
			ServiceBytes: r.devices(prefix + "io_service_bytes_recursive"), Serviced: r.devices(prefix + "io_serviced_recursive"),
			Queued: r.devices(prefix + "io_queued_recursive"), ServiceTime: r.devices(prefix + "io_service_time_recursive"),
			WaitTime: r.devices(prefix + "io_wait_time_recursive"), Merged: r.devices(prefix + "io_merged_recursive"),
			Time: r.devices(prefix + "time_recursive"), Sectors: r.devices(prefix + "sectors_recursive"),
		}
		if s.Serviced != nil {
			return s
		}
	}
	for _, suffix := range []string{"_recursive", ""} { // the former: Linux 4.19
		s = BlockIOStats{
			ServiceBytes: r.devices("blkio.throttle.io_service_bytes" + suffix), Serviced: r.devices("blkio.throttle.io_serviced" + suffix),
		}
		if s.Serviced != nil {
			return s
		}
	}
	return s
}

// devices reads a file of lines "major:minor operation number" or
// "major:minor number". A last line has the total.
func (r *statReader) devices(file string) (list []BlockIO) {
	content, _ := r.text(file)
	for line := range strings.Lines(content) {
		fields := strings.FieldsFunc(line, func(c rune) bool { return c == ' ' || c == ':' || c == '\n' })
		var op string
		if len(fields) == 4 {
			op = fields[2]
			fields[2] = fields[3]
		} else if len(fields) != 3 {
			continue
		}
		list = append(list, BlockIO{r.parse(file, fields[0]), r.parse(file, fields[1]), op, r.parse(file, fields[2])})
	}
	return list
}

// hugetlbStatsV1 reads the reservations, which are what a limit is met by, or
// before Linux 5.7 the pages in use.
func hugetlbStatsV1(r *statReader) map[string]HugetlbStats {
	all := map[string]HugetlbStats{}
	if r.dir == "" {
		return all
	}
	for _, size := range pageSizes() {
		prefix := "hugetlb." + size
		if isFile(r.dir + "/" + prefix + ".rsvd.usage_in_bytes") {
			prefix += ".rsvd"
		}
		all[size] = HugetlbStats{
			Usage: r.number(prefix + ".usage_in_bytes"), Max: r.number(prefix + ".max_usage_in_bytes"), Failcnt: r.number(prefix + ".failcnt"),
		}
	}
	return all
}
