package libcontainer

import (
	"github.com/oci-rt/rt/libcontainer/state"
)

// Status is what a container does now (runtime-spec, runtime.md, "State").
type Status string

const (
	Creating Status = "creating"
	Created  Status = "created"
	Running  Status = "running"
	Paused   Status = "paused"
	Stopped  Status = "stopped"
)

// Status returns what the container does now: the recorded status, corrected by
// what the kernel says. If the kernel does not tell, that is an error, because
// a container that may live must not be taken for dead.
func (c *Container) Status() (Status, error) {
	if c.state.Phase == state.Creating && c.dir.Busy() {
		return Creating, nil
	}
	alive, err := c.state.Init.Alive()
	if err != nil {
		return "", err
	}
	if !alive {
		return Stopped, nil
	}
	waits, err := c.waits()
	if err != nil {
		return "", err
	}
	if waits && c.state.Phase == state.Creating {
		return Creating, nil // and it ends soon, because its creator has ended
	}
	frozen, err := c.frozen()
	switch {
	case err != nil:
		return "", err
	case frozen:
		return Paused, nil
	case waits:
		return Created, nil
	}
	return Running, nil
}

// waits reports whether the container's living first process still executes
// rt's image.
func (c *Container) waits() (bool, error) {
	if c.state.Phase == state.Running {
		return false, nil
	}
	return c.state.Init.Waits()
}

// frozen reports whether the container's cgroup is frozen.
func (c *Container) frozen() (bool, error) {
	if c.state.Cgroup == nil {
		return false, nil
	}
	return c.state.Cgroup.Frozen()
}
