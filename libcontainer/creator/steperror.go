package creator

import (
	"github.com/oci-rt/rt/libcontainer/program"
	"golang.org/x/sys/unix"
)

// StepError says which step of a container's start failed, why, and which
// setting of config.json the step comes from.
type StepError struct {
	Origin program.Origin
	Step   int
	Errno  unix.Errno
	// attaches says that the step was to attach a mount.
	attaches bool
}

// stepError returns the error of a step of p.
func stepError(p *program.Program, r program.Report) *StepError {
	nr, ok := p.SystemCall(int(r.Step))
	return &StepError{Origin: p.Origin(int(r.Step)), Step: int(r.Step), Errno: r.Errno, attaches: ok && nr == unix.SYS_MOVE_MOUNT}
}

// Error has the form "mounts[3] (/dev/shm): mount tmpfs: operation not
// permitted", and a hint where there is one.
func (e *StepError) Error() string {
	text := e.Origin.String()
	if e.Origin.Complete {
		return text
	}
	text += ": " + e.Errno.Error()
	if h := hint(e); h != "" {
		text += " (" + h + ")"
	}
	return text
}

// Unwrap returns the errno.
func (e *StepError) Unwrap() error { return e.Errno }
