package cgroup

import (
	"fmt"
	"math"

	specs "github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

const memoryPath = "linux.resources.memory"

// memoryLimits returns the limits of memory. It leaves out what the kernel or
// cgroup v2 gave up (kernel, kernelTCP and useHierarchy), of which package spec
// warns.
func memoryLimits(m *specs.LinuxMemory) []limit {
	if m == nil {
		return nil
	}
	var limits []limit
	if len(memoryV1(m)) > 0 {
		limits = append(limits, limit{
			path: memoryPath, v1: "memory", v2: "memory",
			entries: func(version int, dir string) ([]entry, error) {
				if version == 1 {
					return memoryV1(m), nil
				}
				return memoryV2(m), checkUsage(dir, m)
			},
			together: true,
			explain:  func(dir string, err error) error { return explainMemory(dir, m, err) },
		})
	}
	var swappiness, noKiller []entry
	// The largest number is how old engines write that it is not set.
	if s := m.Swappiness; s != nil && *s != math.MaxUint64 {
		swappiness = []entry{{setting: memoryPath + ".swappiness", file: "memory.swappiness", value: utoa(*s)}}
	}
	if value(m.DisableOOMKiller) {
		noKiller = []entry{{setting: memoryPath + ".disableOOMKiller", file: "memory.oom_control", value: "1"}}
	}
	limits = append(limits, direct(memoryPath+".swappiness", "memory", "", swappiness)...)
	return append(limits, direct(memoryPath+".disableOOMKiller", "memory", "", noKiller)...)
}

// memoryV1 returns the limits on v1. The kernel has no limit of memory above
// that of memory and swap. So no limit of memory means none of both, if that
// is not set and swap is accounted for.
func memoryV1(m *specs.LinuxMemory) (list []entry) {
	if n := value(m.Limit); n != 0 {
		list = append(list, entry{setting: memoryPath + ".limit", file: "memory.limit_in_bytes", value: decimal(n)})
	}
	swap := entry{setting: memoryPath + ".swap", file: "memory.memsw.limit_in_bytes", missing: "this kernel does not account for swap"}
	switch n := value(m.Swap); {
	case n != 0:
		swap.value = decimal(n)
		list = append(list, swap)
	case value(m.Limit) == -1:
		swap.value, swap.optional = "-1", true
		list = append(list, swap)
	}
	if n := value(m.Reservation); n != 0 {
		list = append(list, entry{setting: memoryPath + ".reservation", file: "memory.soft_limit_in_bytes", value: decimal(n)})
	}
	return list
}

// memoryV2 returns the limits on v2. Where swap is not accounted for, no limit
// of it cannot be set and need not; a limit of none is let pass too, as runc
// does, because engines write it where there is no swap.
func memoryV2(m *specs.LinuxMemory) (list []entry) {
	if text := swapMax(value(m.Limit), value(m.Swap)); text != "" {
		list = append(list, entry{
			setting: memoryPath + ".swap", file: "memory.swap.max", value: text,
			optional: text == "max" || text == "0", missing: "this kernel does not account for swap",
		})
	}
	if n := value(m.Limit); n != 0 {
		list = append(list, entry{setting: memoryPath + ".limit", file: "memory.max", value: decimalOrMax(n)})
	}
	if n := value(m.Reservation); n != 0 {
		list = append(list, entry{setting: memoryPath + ".reservation", file: "memory.low", value: decimalOrMax(n)})
	}
	return list
}

// swapMax returns the limit of swap alone, which v2 has in place of the sum of
// memory and swap, or "" to leave it. Package spec has seen to it that a sum
// is not below the limit of memory.
func swapMax(limit, sum int64) string {
	switch {
	case sum == -1, sum == 0 && limit == -1: // the latter as on v1
		return "max"
	case sum == 0:
		return ""
	case limit == -1:
		return decimal(sum)
	}
	return decimal(sum - limit)
}

// checkUsage is for checkBeforeUpdate: v2 takes a limit below what is in use
// and kills. v1 refuses it.
func checkUsage(dir string, m *specs.LinuxMemory) error {
	used, ok := readBytes(dir + "/memory.current")
	if !value(m.CheckBeforeUpdate) || !ok {
		return nil
	}
	if n := value(m.Swap); n > 0 && uint64(n) <= used {
		return fmt.Errorf("%s.swap: rejecting memory+swap limit %d <= usage %d", memoryPath, n, used)
	}
	if n := value(m.Limit); n > 0 && uint64(n) <= used {
		return fmt.Errorf("%s.limit: rejecting memory limit %d <= usage %d", memoryPath, n, used)
	}
	return nil
}

// explainMemory says why v1 refuses a limit of memory: with EBUSY, if more is in
// use and cannot be taken back; with EINVAL, if it is more than what memory and
// swap may be together.
func explainMemory(dir string, m *specs.LinuxMemory, err error) error {
	switch {
	case isErrno(err, unix.EBUSY):
		used, _ := readBytes(dir + "/memory.usage_in_bytes")
		peak, _ := readBytes(dir + "/memory.max_usage_in_bytes")
		return fmt.Errorf("%w: unable to set memory limit to %d (current usage: %d, peak usage: %d)", err, value(m.Limit), used, peak)
	case isErrno(err, unix.EINVAL) && value(m.Swap) == 0:
		if sum, ok := readBytes(dir + "/memory.memsw.limit_in_bytes"); ok && value(m.Limit) > int64(sum) {
			return fmt.Errorf("%w: the limit of memory and swap together is %d (set %s.swap too)", err, sum, memoryPath)
		}
	}
	return err
}
