package spec

import (
	"math"
	"strconv"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// resources checks linux.resources. Engines write 0 for a limit that is not
// set, except for pids.limit.
func (v *validator) resources() {
	v.deviceRules()
	if m := v.res.Memory; m != nil {
		v.memory(m)
	}
	if c := v.res.CPU; c != nil {
		v.cpu(c)
	}
	if p := v.res.Pids; p != nil {
		v.atLeast("linux.resources.pids.limit", p.Limit, -1, "-1 (unlimited) or more")
	}
	if b := v.res.BlockIO; b != nil {
		v.blockIO(b)
	}
	if n := v.res.Network; n != nil {
		v.network(n)
	}
	v.hugepages()
	v.rdma()
	v.unified()
}

func (v *validator) atLeast(at string, n *int64, least int64, want string) {
	if n != nil && *n < least {
		v.faults.addf(at, want, "is %d", *n)
	}
}

func (v *validator) deviceRules() {
	for i, r := range v.res.Devices {
		at := func(field string) string { return index("linux.resources.devices", i, field) }
		switch r.Type {
		case "", "a", "b", "c":
		default:
			v.unknown(at("type"), r.Type, "a, b or c")
		}
		if r.Access == "" || strings.Trim(r.Access, "rwm") != "" {
			v.unknown(at("access"), r.Access, "letters of rwm")
		}
		v.atLeast(at("major"), r.Major, -1, "0 or more, or -1 for all")
		v.atLeast(at("minor"), r.Minor, -1, "0 or more, or -1 for all")
	}
}

// maxSwappiness is the largest value that the specification allows.
const maxSwappiness = 100

func (v *validator) memory(m *specs.LinuxMemory) {
	const at = "linux.resources.memory."
	const want = "a number of bytes, or -1 for unlimited"
	v.atLeast(at+"limit", m.Limit, -1, want)
	v.atLeast(at+"reservation", m.Reservation, -1, want)
	v.atLeast(at+"swap", m.Swap, -1, want)
	// Old engines write -1 for a swappiness that is not set.
	if s := m.Swappiness; s != nil && *s > maxSwappiness && *s != math.MaxUint64 {
		v.faults.addf(at+"swappiness", "0 to 100", "is %d", *s)
	}
	v.swap(at+"swap", m)
}

// swap checks the limit of memory and swap together, which cannot be smaller
// than that of memory alone.
func (v *validator) swap(at string, m *specs.LinuxMemory) {
	if m.Swap == nil || *m.Swap <= 0 {
		return
	}
	switch limit := orEmpty(m.Limit); {
	case *limit <= 0 && v.updates: // the container may have a limit
	case *limit <= 0:
		v.faults.addf(at, "a limit for memory too", "is %d, but memory.limit is not set", *m.Swap)
	case *m.Swap < *limit:
		v.faults.addf(at, "the sum of memory and swap", "is %d, less than memory.limit %d", *m.Swap, *limit)
	}
}

// Limits of a CFS period and quota in microseconds (kernel/sched/core.c).
const (
	minPeriod = 1000
	maxPeriod = 1000000
	minQuota  = 1000
)

func (v *validator) cpu(c *specs.LinuxCPU) {
	const at = "linux.resources.cpu."
	if p := c.Period; p != nil && *p != 0 && (*p < minPeriod || *p > maxPeriod) {
		v.faults.addf(at+"period", "1000 to 1000000 microseconds", "is %d", *p)
	}
	if q := c.Quota; q != nil && (*q < -1 || 0 < *q && *q < minQuota) {
		v.faults.addf(at+"quota", "1000 microseconds or more, or -1 for unlimited", "is %d", *q)
	}
	quota, burst := *orEmpty(c.Quota), *orEmpty(c.Burst)
	if quota > 0 && burst > uint64(quota) {
		v.faults.addf(at+"burst", "at most the quota", "is %d, more than the quota %d", burst, quota)
	}
	v.realtime(at, c)
	if c.Idle != nil && *c.Idle != 0 && *c.Idle != 1 {
		v.faults.addf(at+"idle", "0 or 1", "is %d", *c.Idle)
	}
	v.cpuList(at+"cpus", c.Cpus)
	v.cpuList(at+"mems", c.Mems)
}

func (v *validator) realtime(at string, c *specs.LinuxCPU) {
	v.atLeast(at+"realtimeRuntime", c.RealtimeRuntime, -1, "microseconds, or -1 for unlimited")
	runtime, period := *orEmpty(c.RealtimeRuntime), *orEmpty(c.RealtimePeriod)
	if runtime > 0 && period > 0 && uint64(runtime) > period {
		v.faults.addf(at+"realtimeRuntime", "at most the period", "is %d, more than realtimePeriod %d", runtime, period)
	}
}

func (v *validator) cpuList(at, list string) {
	if list == "" {
		return
	}
	for part := range strings.SplitSeq(list, ",") {
		if !isRange(part) {
			v.faults.addf(at, "a list like 0-3,7", "is %q", list)
			return
		}
	}
}

// isRange reports whether s is a number or a range of numbers, in the form of
// the kernel's lists (bitmap_parselist). A range may choose a part of each
// group: 0-31:2/4.
func isRange(s string) bool {
	s, pick, picks := strings.Cut(strings.Trim(s, " \n"), ":")
	first, last, ranged := strings.Cut(s, "-")
	from, err := strconv.ParseUint(first, 10, 31)
	if err != nil {
		return false
	}
	if !ranged {
		return !picks
	}
	to, err := strconv.ParseUint(last, 10, 31)
	if err != nil || to < from {
		return false
	}
	if !picks {
		return true
	}
	used, group, ok := strings.Cut(pick, "/")
	return ok && isNumber(used) && isNumber(group)
}
