package process

import (
	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// Scheduler sets the CPU scheduling of the process. It does nothing if s is
// nil. It needs CAP_SYS_NICE in the initial user namespace, or limits
// RLIMIT_NICE and RLIMIT_RTPRIO that allow it (sched(7)).
//
// It comes late, so that neither an idle priority nor a few microseconds in
// each period slow down the start. It comes behind the last fork, because
// SCHED_DEADLINE does not allow a fork, and SCHED_FLAG_RESET_ON_FORK undoes the
// scheduling in the child.
//
// Preconditions: the process is in the container's cgroup, its CPU affinity is
// set, which SCHED_DEADLINE binds, and it has its privileges.
func Scheduler(b *program.Builder, s *specs.Scheduler) {
	if s == nil {
		return
	}
	b.At("process.scheduler", "")
	b.Doing("%s", SettingScheduler(s))
	b.SchedSetattr(SchedAttr(s))
}

// SettingScheduler names the operation that sets the scheduling, as errors do.
func SettingScheduler(s *specs.Scheduler) string {
	return "set scheduling policy " + string(s.Policy)
}

// SchedAttr returns a scheduler in the kernel's form. The specification has no
// values for the utilisation clamps, so their flags mean 0.
func SchedAttr(s *specs.Scheduler) unix.SchedAttr {
	policy, _ := spec.SchedulerPolicy(s.Policy)
	attr := unix.SchedAttr{
		Size:     unix.SizeofSchedAttr,
		Policy:   policy,
		Nice:     s.Nice,
		Priority: uint32(s.Priority),
		Runtime:  s.Runtime,
		Deadline: s.Deadline,
		Period:   s.Period,
	}
	for _, f := range s.Flags {
		flag, _ := spec.SchedulerFlag(f)
		attr.Flags |= flag
	}
	return attr
}
