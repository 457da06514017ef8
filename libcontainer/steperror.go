package libcontainer

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
}

// Error has the form "mounts[3] (/dev/shm): mount tmpfs: operation not
// permitted", and a hint where there is one.
func (e *StepError) Error() string {
	text := e.Origin.String()
	if e.Origin.Complete {
		return text
	}
	text += ": " + e.Errno.Error()
	if h := hint(e.Origin, e.Errno); h != "" {
		text += " (" + h + ")"
	}
	return text
}

// Unwrap returns the errno.
func (e *StepError) Unwrap() error { return e.Errno }
