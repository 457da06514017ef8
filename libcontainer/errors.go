package libcontainer

import "errors"

// What callers branch on. The texts are those that engines look for in a
// runtime's output.
var (
	// ErrExist: a container has this id already.
	ErrExist = errors.New("container with given ID already exists")
	// ErrNotExist: no container has this id.
	ErrNotExist = errors.New("container does not exist")
	// ErrNotRunning: the container has no process that could take a signal.
	ErrNotRunning = errors.New("container not running")
	// ErrNotPaused: the container is not paused, so that nothing can go on.
	ErrNotPaused = errors.New("container not paused")
	// ErrBusy: another rt works on the container.
	ErrBusy = errors.New("container is locked by another command that did not finish in time")
	// ErrBadState: the state file is damaged or of another version.
	ErrBadState = errors.New("unreadable container state")
)
