package libcontainer

import (
	"fmt"

	"github.com/oci-rt/rt/libcontainer/state"
	"golang.org/x/sys/unix"
)

// statusNotExecuted is the exit status of a child of syscall.ForkExec that
// failed before it executed anything.
const statusNotExecuted = 253

// deathError explains an init that ended without a report: by what, and before
// which step of the program.
func (s *starter) deathError(status unix.WaitStatus, step int) error {
	how := "ended unexpectedly"
	switch {
	case status.Signaled():
		how = fmt.Sprintf("was killed by %s", unix.SignalName(status.Signal()))
	case status.Exited():
		how = fmt.Sprintf("ended with status %d", status.ExitStatus())
	}
	unborn := status.Exited() && status.ExitStatus() == statusNotExecuted && step <= 0
	if unborn {
		how = "could not execute its image"
	}
	if unborn || status.Signaled() && status.Signal() == unix.SIGKILL {
		how = s.explainKill(how)
	}
	where := "at its end"
	if unborn {
		where = "before its first step"
	} else if 0 <= step && step < len(s.prog.Steps) {
		o := s.prog.Origin(step)
		where = fmt.Sprintf("at step %d, %s", step, o.Doing)
		if o.Path != "" {
			where += " for " + o.Path
		}
	}
	return fmt.Errorf("the init process %s %s", how, where)
}

// explainKill adds that there was a lack of memory. In a container that ran
// before, another process may have had that.
func (s *starter) explainKill(how string) string {
	switch oom := s.state.Cgroup.OOM(); {
	case oom == "":
		return how
	case s.state.Phase == state.Creating:
		return oom
	default:
		return how + " (a process of the container " + oom + ")"
	}
}
