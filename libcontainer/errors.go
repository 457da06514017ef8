package libcontainer

import (
	"errors"

	"github.com/oci-rt/rt/libcontainer/state"
)

// What callers branch on. The texts are those that engines look for in a
// runtime's output.
var (
	// ErrExist: a container has this id already.
	ErrExist = state.ErrExist
	// ErrNotExist: no container has this id.
	ErrNotExist = state.ErrNotExist
	// ErrNotRunning: the container has no process that could take a signal.
	ErrNotRunning = errors.New("container not running")
	// ErrNotPaused: the container is not paused, so that nothing can go on.
	ErrNotPaused = errors.New("container not paused")
	// ErrStopped: the container has no process any more that others could join.
	ErrStopped = errors.New("cannot exec in a stopped container")
	// ErrPaused: the container is paused, so that nothing else can start in it.
	ErrPaused = errors.New("cannot exec in a paused container (use --ignore-paused to override)")
	// ErrWrongState: the container, or its process, is not in a state for that.
	ErrWrongState = errors.New("wrong state")
	// ErrBusy: another rt works on the container.
	ErrBusy = state.ErrBusy
	// ErrBadState: the state file is damaged or of another version.
	ErrBadState = state.ErrBad
)
