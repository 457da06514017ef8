package creator

import (
	"errors"

	"github.com/oci-rt/rt/libcontainer/process"
	"github.com/oci-rt/rt/libcontainer/program"
	"golang.org/x/sys/unix"
)

// StepError says which step of a container's start failed, why, and which
// setting of config.json the step comes from.
type StepError struct {
	Origin program.Origin
	Step   int
	Errno  unix.Errno
	// AvoidedBy is the option of libcontainer.Config that avoids the step, or "".
	AvoidedBy string
	// Found is what a look at the file that could not be executed has shown, or "".
	Found string
	// attaches says that the step was to attach a mount.
	attaches bool
}

// stepError returns the error of a step of p.
func stepError(p *program.Program, r program.Report) *StepError {
	nr, ok := p.SystemCall(int(r.Step))
	step := int(r.Step)
	return &StepError{
		Origin: p.Origin(step), Step: step, Errno: r.Errno, AvoidedBy: p.AvoidedBy(step),
		attaches: ok && nr == unix.SYS_MOVE_MOUNT,
	}
}

// Error has the form "mounts[3] (/dev/shm): mount tmpfs: operation not
// permitted", and a hint where there is one.
func (e *StepError) Error() string {
	text := e.Origin.String()
	if !e.Origin.Complete {
		text += ": " + e.Errno.Error()
	}
	if h := hint(e); h != "" {
		text += " (" + h + ")"
	}
	return text
}

// Unwrap returns the errno.
func (e *StepError) Unwrap() error { return e.Errno }

// Errors of the search for the program of a process, for [errors.Is] with a
// StepError.
var (
	ErrProgramNotFound = errors.New("the program of the process does not exist")
	ErrProgramDenied   = errors.New("the program of the process may not be executed")
)

// Is reports whether the error is one of these.
func (e *StepError) Is(target error) bool {
	if e.Origin.Path != process.ArgsPath {
		return false
	}
	switch target {
	case ErrProgramNotFound:
		return e.Errno == unix.ENOENT || e.Errno == unix.ENOTDIR
	case ErrProgramDenied:
		return e.Errno == unix.EACCES
	}
	return false
}
