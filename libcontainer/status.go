package libcontainer

import (
	"fmt"
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
// what the kernel says. It is an error if that says nothing: nobody is to take
// a container for dead that may live.
func (c *Container) Status() (Status, error) {
	if c.state.Phase == phaseCreating && c.entry.busy() {
		return Creating, nil
	}
	alive, err := c.state.Init.alive()
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
	if waits && c.state.Phase == phaseCreating {
		return Creating, nil // and it ends soon, because its creator has
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

// waits reports whether the container's first process, which lives, still
// executes rt's image.
func (c *Container) waits() (bool, error) {
	if c.state.Phase == phaseRunning {
		return false, nil
	}
	return c.state.Init.waits()
}

// frozen reports whether the container's cgroup is frozen.
func (c *Container) frozen() (bool, error) {
	if c.state.Cgroup == nil {
		return false, nil
	}
	return c.state.Cgroup.Frozen()
}

// waits reports whether the process, which lives, still executes rt's image. A
// start that was killed just after it released the init could not record that
// it did; the kernel knows.
func (p initProcess) waits() (bool, error) {
	var st unix.Stat_t
	proc := "/proc/" + strconv.Itoa(p.Pid)
	switch err := unix.Stat(proc+"/exe", &st); {
	case err == nil:
		return st.Dev == p.Image.Dev && st.Ino == p.Image.Ino, nil
	case err != unix.ENOENT:
		return true, nil // not ours to see: trust the record
	case p.Namespace != 0 && pidNamespace() != p.Namespace:
		return false, fmt.Errorf("look for process %d: %w", p.Pid, errElsewhere)
	case unix.Access(proc, unix.F_OK) != nil:
		return true, nil // hidden (proc(5), hidepid): the same
	}
	return false, nil // its first thread has ended, and the image has only one
}
