package creator

import (
	"errors"
	"fmt"

	"github.com/oci-rt/rt/libcontainer/program"
	"golang.org/x/sys/unix"
)

// failed explains why the init did not get ready: by its own report, or by how
// it ended and how far it had come.
func (s *Session) failed(r program.Report, err error) error {
	switch {
	case err == nil:
		e := stepError(s.Plan.Program, r)
		if s.Look != nil {
			s.Look(e)
		}
		return e
	case !errors.Is(err, ErrSilent):
		return err
	}
	step := s.proc.Progress()
	return s.exitError(s.reap(), step)
}

// statusNotExecuted is the exit status of a child of syscall.ForkExec that
// failed before it executed anything.
const statusNotExecuted = 253

// lastResort is the step of the failure handler that ends the program. If even that
// fails, the interpreter dies of SIGILL.
const lastResort = program.Entry - 1

// errUnsaid: the init could neither execute its program nor say why.
var errUnsaid = errors.New("linux.seccomp: the init process failed, and could not say why " +
	"(the filter has to allow execve(2), and write(2) and exit_group(2) for a report)")

// exitError explains an init that ended without a report: by what, and before
// which step of the program.
func (s *Session) exitError(status unix.WaitStatus, step int) error {
	how := "ended unexpectedly"
	switch {
	case status.Signaled():
		how = fmt.Sprintf("was killed by %s", unix.SignalName(status.Signal()))
	case status.Exited():
		how = fmt.Sprintf("ended with status %d", status.ExitStatus())
	}
	if step == lastResort && status.Signaled() && status.Signal() == unix.SIGILL {
		return errUnsaid
	}
	notExecuted := status.Exited() && status.ExitStatus() == statusNotExecuted && step <= 0
	if notExecuted {
		how = "could not execute its image"
	}
	if s.ExplainKill != nil && (notExecuted || status.Signaled() && status.Signal() == unix.SIGKILL) {
		how = s.ExplainKill(how)
	}
	where := "at its end"
	if notExecuted || step == 0 { // only the failure handler is there, and nothing has failed
		where = "before its first step"
	} else if 0 <= step && step < len(s.Plan.Program.Steps) {
		o := s.Plan.Program.Origin(step)
		where = fmt.Sprintf("at step %d, %s", step, o.Doing)
		if o.Path != "" {
			where += " for " + o.Path
		}
	}
	return fmt.Errorf("the init process %s %s", how, where)
}
