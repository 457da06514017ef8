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
	// ErrBusy: another rt works on the container.
	ErrBusy = state.ErrBusy
	// ErrBadState: the state file is damaged or of another version.
	ErrBadState = state.ErrBad
)
