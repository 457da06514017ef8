package libcontainer

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"

	"github.com/oci-rt/rt/internal/linux"
	"github.com/oci-rt/rt/libcontainer/cgroup"
	"github.com/oci-rt/rt/libcontainer/intelrdt"
	"github.com/oci-rt/rt/libcontainer/netdevice"
	"golang.org/x/sys/unix"
)

// Stats has the usage of a container so far. Its layout as JSON is that of runc's event
// "stats".
type Stats struct {
	cgroup.Stats
	IntelRdt intelrdt.Stats `json:"intel_rdt"`
	// NetworkInterfaces are the counters of a network namespace that is not the
	// runtime's own.
	NetworkInterfaces []netdevice.Counters `json:"network_interfaces"`
}

// Stats returns the usage of a container so far. The values are still there after the
// container has stopped, until it is deleted. If a service manager removes the empty
// cgroup before, all values are zero. Network interfaces are only counted in a
// container that has not stopped.
func (c *Container) Stats() (*Stats, error) {
	if _, err := c.Status(); err != nil {
		return nil, err
	}
	c.warnUncounted()
	return c.stats()
}

// CPULimit returns how much CPU time the container may have, as a number of CPUs, or
// 0 if it is not limited.
func (c *Container) CPULimit() float64 {
	if c.state.Cgroup == nil {
		return 0
	}
	return c.state.Cgroup.CPULimit()
}

// warnUncounted warns that values which are not counted are zero.
func (c *Container) warnUncounted() {
	if c.state.Cgroup.Inherited && c.store.Warn != nil {
		c.store.Warn(errors.New("the container has no cgroup of its own: nothing counts its CPU time, memory, processes and I/O"))
	}
}

func (c *Container) stats() (*Stats, error) {
	counted, err := c.state.Cgroup.Stats()
	if err != nil {
		return nil, err
	}
	s := &Stats{Stats: *counted}
	if c.state.Rdt != nil {
		s.IntelRdt = c.state.Rdt.Stats()
	}
	s.NetworkInterfaces, err = c.countNetwork()
	return s, err
}

// countNetwork reads the counters in the namespace of the container's first process.
// That process must still exist afterwards: otherwise they may be another's.
func (c *Container) countNetwork() ([]netdevice.Counters, error) {
	pid := c.state.Init.Pid
	same, err := linux.SameNamespace("/proc/"+strconv.Itoa(pid)+"/ns/net", "/proc/self/ns/net")
	if err != nil || same {
		return nil, ignoreEnded(err)
	}
	list, err := netdevice.Count(pid)
	if err != nil {
		return nil, ignoreEnded(fmt.Errorf("network devices: %w", err))
	}
	if alive, err := c.state.Init.Alive(); !alive {
		return nil, err
	}
	return list, nil
}

// ignoreEnded drops the errors of a process that has ended, or is ending and has no
// namespaces any more.
func ignoreEnded(err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ESRCH) || errors.Is(err, unix.EINVAL) {
		return nil
	}
	return err
}
