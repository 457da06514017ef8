package libcontainer

import "errors"

// Processes returns the pids of everything that runs in the container, as the
// calling process sees them: in its cgroup and in those below. A container that
// has stopped may still have processes, if it shares its pid namespace.
func (c *Container) Processes() ([]int, error) {
	if c.state.Cgroup.Inherited {
		return nil, errors.New("the container has no cgroup of its own that would list its processes")
	}
	return c.state.Cgroup.Procs()
}
