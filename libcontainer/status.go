package libcontainer

import (
	"strconv"

	"golang.org/x/sys/unix"
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

// Status tells what the container does now: what was recorded, corrected by
// what the kernel says.
func (c *Container) Status() (Status, error) {
	switch {
	case c.state.Phase == phaseCreating && c.entry.busy():
		return Creating, nil
	case !c.state.Init.alive():
		return Stopped, nil
	case c.state.Phase == phaseCreating && c.state.Init.waits():
		return Creating, nil // and it ends soon, because its creator has
	}
	frozen, err := c.frozen()
	if err != nil {
		return "", err
	}
	switch {
	case frozen:
		return Paused, nil
	case c.state.Phase == phaseCreated && c.state.Init.waits():
		return Created, nil
	}
	return Running, nil
}

// frozen reports whether the container's cgroup is frozen.
func (c *Container) frozen() (bool, error) {
	if c.state.Cgroup == nil {
		return false, nil
	}
	return c.state.Cgroup.Frozen()
}

// waits reports whether the process still executes rt's image. A start that
// was killed just after it released the init could not record that it did; the
// kernel knows.
func (p initProcess) waits() bool {
	var st unix.Stat_t
	if unix.Stat("/proc/"+strconv.Itoa(p.Pid)+"/exe", &st) != nil {
		return true // not ours to see: trust the record
	}
	return st.Dev == p.Image.Dev && st.Ino == p.Image.Ino
}
