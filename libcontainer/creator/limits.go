package creator

import (
	"errors"
	"fmt"

	"github.com/oci-rt/rt/libcontainer/process"
	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// SetLimits gives the init in a user namespace, which has built the container,
// the limits that it could not set itself. To raise a hard limit, or to get
// ahead of other processes, needs capabilities in the initial user namespace
// (getrlimit(2), sched(7)).
func (s *Session) SetLimits() error {
	if !s.Plan.CreatorSetsLimits {
		return nil
	}
	p := s.Process
	if err := setRlimits(s.pid, p.Rlimits); err != nil {
		return err
	}
	return setScheduler(s.pid, p.Scheduler)
}

// setRlimits sets the resource limits of another process, with room for what an
// init still has to do.
func setRlimits(pid int, limits []specs.POSIXRlimit) error {
	for i, l := range limits {
		resource, ok := spec.Rlimit(l.Type)
		if !ok {
			return fmt.Errorf("process.rlimits[%d].type: %q is unknown", i, l.Type)
		}
		limit := process.RlimitOfInit(l)
		if err := unix.Prlimit(pid, resource, &unix.Rlimit{Cur: limit.Soft, Max: limit.Hard}, nil); err != nil {
			return limitError(err, program.Origin{
				Path: fmt.Sprintf("process.rlimits[%d]", i), Subject: l.Type, Doing: process.SettingRlimit(l),
			})
		}
	}
	return nil
}

// setScheduler sets the CPU scheduling of another process.
func setScheduler(pid int, s *specs.Scheduler) error {
	if s == nil {
		return nil
	}
	attr := process.SchedAttr(s)
	if err := unix.SchedSetAttr(pid, &attr, 0); err != nil {
		return limitError(err, program.Origin{Path: "process.scheduler", Doing: process.SettingScheduler(s)})
	}
	return nil
}

// limitError returns the error of a step that the creator did in place of the
// init.
func limitError(err error, o program.Origin) error {
	var errno unix.Errno
	if !errors.As(err, &errno) {
		return err
	}
	return &StepError{Origin: o, Errno: errno}
}
