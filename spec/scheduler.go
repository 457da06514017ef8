package spec

import (
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

var schedulerPolicies = [...]constant{
	{string(specs.SchedOther), unix.SCHED_NORMAL},
	{string(specs.SchedFIFO), unix.SCHED_FIFO},
	{string(specs.SchedRR), unix.SCHED_RR},
	{string(specs.SchedBatch), unix.SCHED_BATCH},
	{string(specs.SchedIdle), unix.SCHED_IDLE},
	{string(specs.SchedDeadline), unix.SCHED_DEADLINE},
}

var schedulerFlags = [...]constant{
	{string(specs.SchedFlagResetOnFork), unix.SCHED_FLAG_RESET_ON_FORK},
	{string(specs.SchedFlagReclaim), unix.SCHED_FLAG_RECLAIM},
	{string(specs.SchedFlagDLOverrun), unix.SCHED_FLAG_DL_OVERRUN},
	{string(specs.SchedFlagKeepPolicy), unix.SCHED_FLAG_KEEP_POLICY},
	{string(specs.SchedFlagKeepParams), unix.SCHED_FLAG_KEEP_PARAMS},
	{string(specs.SchedFlagUtilClampMin), unix.SCHED_FLAG_UTIL_CLAMP_MIN},
	{string(specs.SchedFlagUtilClampMax), unix.SCHED_FLAG_UTIL_CLAMP_MAX},
}

// SchedulerPolicy returns the number of a scheduling policy (sched(7)). The
// specification's SCHED_ISO is not one: the kernel has reserved its number and
// never had it.
func SchedulerPolicy(p specs.LinuxSchedulerPolicy) (policy uint32, ok bool) {
	value, ok := lookUp(schedulerPolicies[:], string(p))
	return uint32(value), ok
}

// SchedulerFlag returns the bit of a flag of sched_setattr(2).
func SchedulerFlag(f specs.LinuxSchedulerFlag) (flag uint64, ok bool) {
	return lookUp(schedulerFlags[:], string(f))
}
