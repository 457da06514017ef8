package cgroup

import (
	"strconv"
	"strings"
)

// statsV2 reads the stats of a v2 cgroup.
func statsV2(dir string) (*Stats, error) {
	r := &statReader{dir: dir}
	s := &Stats{
		CPU: cpuStatsV2(r), Memory: memoryStatsV2(r), Pids: pidsStats(r),
		BlockIO: blockIOStatsV2(r), Hugetlb: hugetlbStatsV2(r), RDMA: rdmaStats(r),
	}
	if s.Pids.Current == 0 {
		s.Pids.Current = r.countProcs()
	}
	return s, r.err
}

// countProcs counts the processes of a cgroup without the pids controller.
func (r *statReader) countProcs() uint64 {
	if r.err != nil {
		return 0
	}
	pids, err := procsBelow(r.dir)
	r.err = err
	return uint64(len(pids))
}

func cpuStatsV2(r *statReader) CPUStats {
	const µs = 1000
	v := r.keys("cpu.stat")
	return CPUStats{
		Usage:      CPUUsage{Total: v["usage_usec"] * µs, Kernel: v["system_usec"] * µs, User: v["user_usec"] * µs},
		Throttling: throttling(v, "throttled_usec", µs),
		PSI:        r.psi("cpu.pressure"),
	}
}

// memoryStatsV2 adds up memory and swap, as v1 does it. How much both were at
// most cannot be known.
func memoryStatsV2(r *statReader) MemoryStats {
	s := MemoryStats{
		Raw:   r.keys("memory.stat"),
		Usage: MemoryUsage{Limit: r.number("memory.max"), Usage: r.number("memory.current"), Max: r.number("memory.peak")}, // Linux 5.19
		Swap:  MemoryUsage{Limit: r.number("memory.swap.max"), Usage: r.number("memory.swap.current")},
		PSI:   r.psi("memory.pressure"),

		Events: r.keys("memory.events"),
	}
	s.Cache = s.Raw["file"]
	s.Swap.Usage += s.Usage.Usage
	if s.Swap.Limit != unlimited {
		s.Swap.Limit = sum(s.Swap.Limit, s.Usage.Limit)
	}
	return s
}

// sum adds two limits, of which the second may be none.
func sum(a, b uint64) uint64 {
	if b == unlimited {
		return unlimited
	}
	return a + b
}

// blockIOStatsV2 reads io.stat: "8:0 rbytes=1 wbytes=2 rios=3 wios=4 …", and
// gives it the names of v1.
func blockIOStatsV2(r *statReader) BlockIOStats {
	s := BlockIOStats{PSI: r.psi("io.pressure")}
	content, _ := r.text("io.stat")
	for line := range strings.Lines(content) {
		number, fields, _ := strings.Cut(line, " ")
		major, minor, ok := strings.Cut(number, ":")
		if !ok {
			continue
		}
		device := BlockIO{Major: r.parse("io.stat", major), Minor: r.parse("io.stat", minor)}
		for field := range strings.FieldsSeq(fields) {
			key, value, _ := strings.Cut(field, "=")
			list := &s.Serviced
			switch key {
			case "rbytes", "wbytes":
				list = &s.ServiceBytes
			case "rios", "wios":
			default:
				continue
			}
			device.Op, device.Value = "Write", r.parse("io.stat", value)
			if key[0] == 'r' {
				device.Op = "Read"
			}
			*list = append(*list, device)
		}
	}
	return s
}

// hugetlbStatsV2 reads the reservations: see hugetlbStatsV1.
func hugetlbStatsV2(r *statReader) map[string]HugetlbStats {
	all := map[string]HugetlbStats{}
	for _, size := range pageSizes() {
		prefix := "hugetlb." + size
		current := prefix + ".rsvd.current"
		if !isFile(r.dir + "/" + current) {
			current = prefix + ".current"
		}
		if isFile(r.dir + "/" + current) {
			all[size] = HugetlbStats{Usage: r.number(current), Failcnt: r.keys(prefix + ".events")["max"]}
		}
	}
	return all
}

// psi reads a file of pressure stall information, or returns nil without it
// (CONFIG_PSI; cgroup.pressure since Linux 6.1):
//
//	some avg10=0.00 avg60=0.00 avg300=0.00 total=0
//	full …
func (r *statReader) psi(file string) *PSI {
	content, ok := r.text(file)
	if !ok {
		return nil
	}
	p := new(PSI)
	for line := range strings.Lines(content) {
		kind, fields, _ := strings.Cut(line, " ")
		to := &p.Some
		if kind == "full" {
			to = &p.Full
		}
		for field := range strings.FieldsSeq(fields) {
			key, value, _ := strings.Cut(field, "=")
			switch key {
			case "avg10":
				to.Avg10 = r.percent(value)
			case "avg60":
				to.Avg60 = r.percent(value)
			case "avg300":
				to.Avg300 = r.percent(value)
			case "total":
				to.Total = r.parse(file, value)
			}
		}
	}
	return p
}

func (r *statReader) percent(text string) float64 {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil && r.err == nil {
		r.err = err
	}
	return f
}
