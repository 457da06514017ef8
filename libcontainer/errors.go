package libcontainer

import (
	"errors"

	"github.com/oci-rt/rt/checkpoint"
	"github.com/oci-rt/rt/libcontainer/creator"
	"github.com/oci-rt/rt/libcontainer/state"
	"github.com/oci-rt/rt/libcontainer/systemd"
)

// Errors that callers branch on, with [errors.Is]. Engines look for these texts in a
// runtime's output.
var (
	// ErrExist: a container has this id already.
	ErrExist = state.ErrExist
	// ErrNotExist: no container has this id.
	ErrNotExist = state.ErrNotExist
	// ErrNotRunning: the container has no process that could take a signal.
	ErrNotRunning = errors.New("container not running")
	// ErrNotPaused: the container is not paused, so there is nothing to resume.
	ErrNotPaused = errors.New("container not paused")
	// ErrStopped: the container has ended, so no other process can join it.
	ErrStopped = errors.New("cannot exec in a stopped container")
	// ErrPaused: the container is paused, so nothing else can start in it without
	// [ExecConfig.IgnorePaused].
	ErrPaused = errors.New("cannot exec in a paused container")
	// ErrWrongState: the container, or its process, is not in a state for that.
	ErrWrongState = errors.New("wrong state")
	// ErrBusy: another rt works on the container.
	ErrBusy = state.ErrBusy
	// ErrBadState: the state file is damaged or of another version.
	ErrBadState = state.ErrBad
	// ErrProgramNotFound: the program of a process, or the interpreter that it
	// names, does not exist.
	ErrProgramNotFound = creator.ErrProgramNotFound
	// ErrProgramDenied: the program of a process may not be executed.
	ErrProgramDenied = creator.ErrProgramDenied
	// ErrNeedsUserNamespace: this process is not privileged, and the configuration
	// has no user namespace.
	ErrNeedsUserNamespace = errors.New("linux.namespaces: an ordinary user can make these only below a user namespace, and the configuration has none")
	// ErrNoSystemd: [Store.SystemdCgroup] is set on a machine without systemd.
	ErrNoSystemd = systemd.ErrNotBooted
)

// StepError says which step of a start failed, why, and which setting of the
// configuration it comes from.
type StepError = creator.StepError

// OptionError says which field of a struct of options, in this package or in package
// checkpoint, is at fault: "Sockets.Console".
type OptionError = checkpoint.OptionError

// wrongState is an error with a text of its own that is [ErrWrongState].
type wrongState string

func (e wrongState) Error() string { return string(e) }

func (e wrongState) Is(target error) bool { return target == ErrWrongState }
