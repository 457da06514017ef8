package cgroup

import (
	"testing"

	specs "github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

func TestMemoryEntries(t *testing.T) {
	limit, swap, reservation := memoryPath+".limit", memoryPath+".swap", memoryPath+".reservation"
	all := &specs.LinuxMemory{Limit: pointer[int64](5), Swap: pointer[int64](7), Reservation: pointer[int64](3)}
	compareEntries(t, memoryV1(all),
		entry{setting: limit, file: "memory.limit_in_bytes", value: "5"},
		entry{setting: swap, file: "memory.memsw.limit_in_bytes", value: "7"},
		entry{setting: reservation, file: "memory.soft_limit_in_bytes", value: "3"})
	compareEntries(t, memoryV2(all),
		entry{setting: swap, file: "memory.swap.max", value: "2"},
		entry{setting: limit, file: "memory.max", value: "5"},
		entry{setting: reservation, file: "memory.low", value: "3"})
	none := &specs.LinuxMemory{Limit: pointer[int64](-1)}
	compareEntries(t, memoryV1(none),
		entry{setting: limit, file: "memory.limit_in_bytes", value: "-1"},
		entry{setting: swap, file: "memory.memsw.limit_in_bytes", value: "-1", optional: true})
	compareEntries(t, memoryV2(none),
		entry{setting: swap, file: "memory.swap.max", value: "max", optional: true},
		entry{setting: limit, file: "memory.max", value: "max"})
}

func TestCheckUsage(t *testing.T) {
	dir := fakeDir(t, "memory.current", "memory.max", "memory.swap.max")
	write1(t, dir+"/memory.current", "1000\n")
	set := func(limit, swap int64, check bool) error {
		m := &specs.LinuxMemory{Limit: &limit, Swap: &swap, CheckBeforeUpdate: &check}
		return setIn(&memoryLimits(m)[0], 2, dir)
	}
	wantError(t, set(1000, 2000, true), "linux.resources.memory.limit: rejecting memory limit 1000 <= usage 1000")
	wantError(t, set(900, 900, true), "linux.resources.memory.swap: rejecting memory+swap limit 900 <= usage 1000")
	for _, err := range []error{set(1000, 2000, false), set(1001, 2000, true), set(-1, -1, true)} {
		if err != nil {
			t.Error(err)
		}
	}
}

func TestExplainMemory(t *testing.T) {
	dir := fakeDir(t, "memory.usage_in_bytes", "memory.max_usage_in_bytes", "memory.memsw.limit_in_bytes")
	write1(t, dir+"/memory.usage_in_bytes", "10\n")
	write1(t, dir+"/memory.max_usage_in_bytes", "20\n")
	err := explainMemory(dir, &specs.LinuxMemory{Limit: pointer[int64](5)}, unix.EBUSY)
	wantError(t, err, "unable to set memory limit to 5 (current usage: 10, peak usage: 20)")
	write1(t, dir+"/memory.memsw.limit_in_bytes", "30\n")
	err = explainMemory(dir, &specs.LinuxMemory{Limit: pointer[int64](31)}, unix.EINVAL)
	wantError(t, err, "invalid argument: the limit of memory and swap together is 30 (set linux.resources.memory.swap too)")
	if err := explainMemory(dir, &specs.LinuxMemory{}, unix.EINVAL); err != unix.EINVAL {
		t.Error(err)
	}
}
