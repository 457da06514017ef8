package spec

import (
	"fmt"
	"math"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// scheduling checks how the process shares the machine with others: CPU time,
// I/O and memory nodes.
func (v *validator) scheduling() {
	if s := v.proc.Scheduler; s != nil {
		v.scheduler(s)
	}
	if p := v.proc.IOPriority; p != nil {
		v.ioPriority(p)
	}
	if a := v.proc.ExecCPUAffinity; a != nil {
		v.numberList("process.execCPUAffinity.initial", a.Initial, MaxCPUs, "CPUs")
		v.numberList("process.execCPUAffinity.final", a.Final, MaxCPUs, "CPUs")
	}
	if p := v.linux.MemoryPolicy; p != nil {
		v.memoryPolicy(p)
	}
}

// The range of nice values. The kernel would replace others with the nearest of
// these (sched_setattr(2)).
const (
	minNice = -20
	maxNice = 19
)

// maxRealtime is the highest priority of the real-time policies (sched(7)).
const maxRealtime = 99

// scheduler checks process.scheduler by the rules of sched_setattr(2).
func (v *validator) scheduler(s *specs.Scheduler) {
	const at = "process.scheduler."
	if _, ok := SchedulerPolicy(s.Policy); !ok {
		v.unknown(at+"policy", string(s.Policy), strings.Join(constantNames(schedulerPolicies[:]), ", "))
		return
	}
	if s.Nice < minNice || s.Nice > maxNice {
		v.faults.addf(at+"nice", "-20 to 19", "is %d", s.Nice)
	}
	keep := v.schedulerFlags(s.Flags)
	if keep {
		return // the other settings stay as the process has them
	}
	switch s.Policy {
	case specs.SchedFIFO, specs.SchedRR:
		if s.Priority < 1 || s.Priority > maxRealtime {
			v.faults.addf(at+"priority", "1 to 99", "is %d with %s", s.Priority, s.Policy)
		}
	default:
		if s.Priority != 0 {
			v.faults.addf(at+"priority", "0, or SCHED_FIFO or SCHED_RR", "is %d with %s", s.Priority, s.Policy)
		}
	}
	v.deadline(at, s)
}

// schedulerFlags checks the flags, and reports whether one of them leaves
// policy or parameters as they are.
func (v *validator) schedulerFlags(flags []specs.LinuxSchedulerFlag) (keep bool) {
	for i, f := range flags {
		if _, ok := SchedulerFlag(f); !ok {
			v.unknown(index("process.scheduler.flags", i, ""), string(f), strings.Join(constantNames(schedulerFlags[:]), ", "))
		}
		keep = keep || f == specs.SchedFlagKeepPolicy || f == specs.SchedFlagKeepParams
	}
	return keep
}

// minRuntime is the shortest runtime that the kernel can account for
// (DL_SCALE).
const minRuntime = 1024

// deadline checks the parameters of SCHED_DEADLINE, in nanoseconds.
func (v *validator) deadline(at string, s *specs.Scheduler) {
	if s.Policy != specs.SchedDeadline {
		v.notDeadline(at+"runtime", s.Runtime, s.Policy)
		v.notDeadline(at+"deadline", s.Deadline, s.Policy)
		v.notDeadline(at+"period", s.Period, s.Policy)
		return
	}
	if s.Runtime < minRuntime {
		v.faults.addf(at+"runtime", "1024 ns or more", "is %d", s.Runtime)
	}
	for _, p := range []struct {
		name  string
		value uint64
	}{{"runtime", s.Runtime}, {"deadline", s.Deadline}, {"period", s.Period}} {
		if p.value > math.MaxInt64 {
			v.faults.addf(at+p.name, "less than 2^63 ns", "is %d", p.value)
		}
	}
	if s.Deadline < s.Runtime {
		v.faults.addf(at+"deadline", "at least runtime", "is %d, and runtime is %d", s.Deadline, s.Runtime)
	}
	if s.Period != 0 && s.Period < s.Deadline {
		v.faults.addf(at+"period", "at least deadline, or 0 for the same", "is %d, and deadline is %d", s.Period, s.Deadline)
	}
}

func (v *validator) notDeadline(at string, value uint64, policy specs.LinuxSchedulerPolicy) {
	if value != 0 {
		v.faults.addf(at, "0, or SCHED_DEADLINE", "is %d with %s", value, policy)
	}
}

func (v *validator) ioPriority(p *specs.LinuxIOPriority) {
	if _, ok := IOPriorityClass(p.Class); !ok {
		v.unknown("process.ioPriority.class", string(p.Class), strings.Join(constantNames(ioPriorityClasses[:]), ", "))
	}
	if p.Priority < 0 || p.Priority > maxIOPriority {
		v.faults.addf("process.ioPriority.priority", "0 (highest) to 7", "is %d", p.Priority)
	}
}

// MaxCPUs is the highest number of CPUs that any kernel is built for
// (CONFIG_NR_CPUS).
const MaxCPUs = 8192

// numberList checks a list of numbers that may be empty.
func (v *validator) numberList(at, list string, limit int, what string) {
	if list == "" {
		return
	}
	if _, problem := ParseList(list, limit); problem != "" {
		v.faults.addf(at, fmt.Sprintf("a list of %s like 0-3,7", what), "%s", problem)
	}
}
