package libcontainer

import (
	"strings"

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

// hint says what a user can do about errno at a step, or "".
func hint(o program.Origin, errno unix.Errno) string {
	switch {
	case errno == unix.ENOSYS:
		return "rt needs Linux 5.14 or later"
	case errno == unix.ENOENT && strings.HasPrefix(o.Path, "linux.namespaces"):
		return "what kept the namespace at this path is gone"
	case errno == unix.EINVAL && strings.HasPrefix(o.Path, "linux.namespaces"):
		return "the path is not a namespace of this type"
	case errno == unix.ENODEV && strings.HasPrefix(o.Path, "mounts"):
		return "this kernel does not have the file system type"
	case errno == unix.ENOSPC && strings.HasPrefix(o.Path, "mounts"):
		return "the mount namespace is full: see /proc/sys/fs/mount-max"
	case errno == unix.EPERM && strings.HasPrefix(o.Path, "process.rlimits"),
		errno == unix.EACCES && o.Path == "process.oomScoreAdj":
		return "that needs CAP_SYS_RESOURCE, which rt does not have here"
	case errno == unix.ENOEXEC && strings.HasPrefix(o.Path, "process.args"):
		return "not a program for this machine, or a script without #! line"
	}
	return ""
}
