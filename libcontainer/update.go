package libcontainer

import (
	"errors"

	"github.com/oci-rt/rt/libcontainer/cgroup"
	"github.com/oci-rt/rt/libcontainer/intelrdt"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// Update changes the limits of a container that has not stopped: those of its
// cgroups and, if rdt is not nil, its schemas in resctrl. res may be nil. What
// they do not mention stays as it is. The error is [spec.Faults] if the values
// are at fault.
//
// The kernel's own values are what later updates go by, so there is nothing to
// write down but a group in resctrl that the container did not have.
func (c *Container) Update(res *specs.LinuxResources, rdt *specs.LinuxIntelRdt) error {
	if err := spec.ValidateUpdate(res, rdt).Err(); err != nil {
		return err
	}
	return c.change(func() error {
		status, err := c.Status()
		if err != nil {
			return err
		}
		if status == Stopped || status == Creating {
			return ErrNotRunning
		}
		apply, err := c.rdtUpdate(rdt)
		if err != nil {
			return err
		}
		if err := c.updateResources(res); err != nil {
			return err
		}
		return apply()
	})
}

func (c *Container) updateResources(res *specs.LinuxResources) error {
	if res == nil {
		return nil
	}
	if err := c.checkDevices(res); err != nil {
		return err
	}
	return c.state.Cgroup.Update(res)
}

// checkDevices warns of device rules that are not those of the container.
// Engines send all of linux.resources back, and other runtimes ignore the rules
// in there.
func (c *Container) checkDevices(res *specs.LinuxResources) error {
	if len(res.Devices) == 0 || c.store.Warn == nil {
		return nil
	}
	s, err := c.Spec()
	if err != nil {
		return err
	}
	same, err := cgroup.SameDevices(resources(s), res)
	if err == nil && !same {
		c.store.Warn(errors.New("linux.resources.devices: an update does not change the access to devices"))
	}
	return err
}

// rdtUpdate checks that the container's schemas can be changed, and returns
// what changes them.
func (c *Container) rdtUpdate(cfg *specs.LinuxIntelRdt) (func() error, error) {
	switch {
	case cfg == nil:
		return func() error { return nil }, nil
	case c.state.Rdt != nil:
		return func() error { return c.state.Rdt.Update(cfg) }, c.state.Rdt.CheckUpdate()
	}
	root, err := intelrdt.Mounted()
	if err != nil {
		return nil, err
	}
	group, err := intelrdt.Locate(root, cfg, c.state.ID)
	return func() error { return c.enterRdt(group, cfg) }, err
}

// enterRdt makes a group in resctrl for a container that has none, and puts
// everything that runs in the container there.
func (c *Container) enterRdt(group *intelrdt.Group, cfg *specs.LinuxIntelRdt) error {
	c.state.Rdt = group
	if err := c.entry.save(c.state); err != nil {
		return err
	}
	if err := group.Create(cfg); err != nil {
		c.state.Rdt = nil
		return errors.Join(err, c.entry.save(c.state))
	}
	return group.JoinAll(c.state.Cgroup.Procs)
}
