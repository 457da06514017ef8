package cgroup

import (
	"fmt"
	"math"
	"strconv"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

const cpuPath = "linux.resources.cpu"

// cpuLimits returns the limits of CPU time, and those of the CPUs and memory
// nodes themselves.
func cpuLimits(c *specs.LinuxCPU) []limit {
	if c == nil {
		return nil
	}
	var limits []limit
	if len(cpuV1(c)) > 0 {
		limits = append(limits, limit{path: cpuPath, v1: "cpu", v2: "cpu", together: true, entries: func(version int, _ string) ([]entry, error) {
			if version == 2 {
				return cpuV2(c), nil
			}
			return cpuV1(c), checkShares(value(c.Shares))
		}})
	}
	if list := realtime(c); len(list) > 0 {
		limits = append(limits, limit{path: cpuPath + ".realtimeRuntime", v1: "cpu", together: true, entries: same(list)})
	}
	for _, w := range []entry{{setting: cpuPath + ".cpus", file: "cpuset.cpus", value: c.Cpus}, {setting: cpuPath + ".mems", file: "cpuset.mems", value: c.Mems}} {
		if w.value != "" {
			limits = append(limits, direct(w.setting, "cpuset", "cpuset", []entry{w})...)
		}
	}
	return limits
}

func cpuV1(c *specs.LinuxCPU) (list []entry) {
	if n := value(c.Shares); n != 0 {
		list = append(list, entry{setting: cpuPath + ".shares", file: "cpu.shares", value: utoa(n)})
	}
	if n := value(c.Period); n != 0 {
		list = append(list, entry{setting: cpuPath + ".period", file: "cpu.cfs_period_us", value: utoa(n)})
	}
	if n := c.Burst; n != nil {
		list = append(list, entry{setting: cpuPath + ".burst", file: "cpu.cfs_burst_us", value: utoa(*n)})
	}
	if n := value(c.Quota); n != 0 {
		list = append(list, entry{setting: cpuPath + ".quota", file: "cpu.cfs_quota_us", value: decimal(n)})
	}
	return append(list, idle(c)...)
}

func cpuV2(c *specs.LinuxCPU) (list []entry) {
	if n := value(c.Shares); n != 0 {
		list = append(list, entry{setting: cpuPath + ".shares", file: "cpu.weight", value: utoa(weightOfShares(n))})
	}
	if n := c.Burst; n != nil {
		list = append(list, entry{setting: cpuPath + ".burst", file: "cpu.max.burst", value: utoa(*n)})
	}
	if quota, period := value(c.Quota), value(c.Period); quota != 0 || period != 0 {
		setting := cpuPath + ".quota"
		if quota == 0 {
			setting = cpuPath + ".period"
		}
		list = append(list, entry{setting: setting, file: "cpu.max", value: cpuMax(quota, period)})
	}
	return append(list, idle(c)...)
}

// idle comes after shares, which an idle cgroup does not take (EINVAL).
func idle(c *specs.LinuxCPU) []entry {
	if c.Idle == nil {
		return nil
	}
	return []entry{{setting: cpuPath + ".idle", file: "cpu.idle", value: decimal(*c.Idle)}} // Linux 5.15
}

// realtime returns the limits of real-time scheduling, which v2 has not.
func realtime(c *specs.LinuxCPU) (list []entry) {
	if n := value(c.RealtimePeriod); n != 0 {
		list = append(list, entry{setting: cpuPath + ".realtimePeriod", file: "cpu.rt_period_us", value: utoa(n)})
	}
	if n := value(c.RealtimeRuntime); n != 0 {
		list = append(list, entry{setting: cpuPath + ".realtimeRuntime", file: "cpu.rt_runtime_us", value: decimal(n)})
	}
	return list
}

// The range of cpu.shares (MIN_SHARES and MAX_SHARES in kernel/sched/sched.h).
const (
	minShares = 2
	maxShares = 1 << 18
)

// checkShares refuses what v1 would replace in silence by the next value in
// its range.
func checkShares(n uint64) error {
	switch {
	case n == 0: // not set
	case n < minShares:
		return fmt.Errorf("%s.shares: the minimum allowed cpu-shares is %d", cpuPath, minShares)
	case n > maxShares:
		return fmt.Errorf("%s.shares: the maximum allowed cpu-shares is %d", cpuPath, maxShares)
	}
	return nil
}

// weightOfShares converts the shares of v1 to a weight of v2. The ends of the
// ranges and the defaults, 1024 and 100, meet: the weight's logarithm is a
// quadratic function of that of the shares. So do runc since 1.3.2 and crun since
// 1.23.
func weightOfShares(shares uint64) uint64 {
	switch {
	case shares <= minShares:
		return 1
	case shares >= maxShares:
		return 10000
	}
	l := math.Log2(float64(shares))
	return uint64(math.Ceil(math.Pow(10, (l*l+125*l)/612-7.0/34)))
}

// cpuMax returns what is written to cpu.max. The period is 100 ms by default
// (kernel documentation, admin-guide/cgroup-v2).
func cpuMax(quota int64, period uint64) string {
	text := "max"
	if quota > 0 {
		text = decimal(quota)
	}
	if period == 0 {
		period = 100000
	}
	return text + " " + utoa(period)
}

// readCPUMax returns the quota, -1 if there is none, and the period of a v2
// cgroup.
func readCPUMax(dir string) (quota int64, period uint64) {
	quota, period = -1, 100000
	fields := readFields(dir + "/cpu.max")
	if len(fields) != 2 {
		return quota, period
	}
	if n, err := strconv.ParseInt(fields[0], 10, 64); err == nil {
		quota = n
	}
	if n, err := strconv.ParseUint(fields[1], 10, 64); err == nil {
		period = n
	}
	return quota, period
}
