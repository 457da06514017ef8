package libcontainer

import (
	"context"
	"errors"

	"github.com/oci-rt/rt/libcontainer/intelrdt"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// Update changes the limits of a container that has not stopped: those of its
// cgroups and, if rdt is not nil, its schemas in resctrl. res may be nil. What
// they do not mention stays as it is. The error is [spec.Faults] if the values
// are at fault, and [ErrNotRunning] if the container has stopped. If ctx ends
// before all are set, those that were set are restored.
//
// Later updates start from the kernel's own values. So nothing is recorded but
// the rules for devices, and a group in resctrl that the container did not have.
func (c *Container) Update(ctx context.Context, res *specs.LinuxResources, rdt *specs.LinuxIntelRdt) error {
	if err := spec.ValidateUpdate(res, rdt).Err(); err != nil {
		return err
	}
	return c.change(ctx, func() error {
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
		if err := c.updateResources(ctx, res); err != nil {
			return err
		}
		if err := apply(); err != nil {
			return err
		}
		if rdt != nil {
			c.store.debugf("set the schemas in resctrl")
		}
		return nil
	})
}

func (c *Container) updateResources(ctx context.Context, res *specs.LinuxResources) error {
	if res == nil {
		return nil
	}
	inForce, err := c.deviceRules(res)
	if err != nil {
		return err
	}
	if err := c.state.Cgroup.Update(ctx, res, inForce); err != nil {
		return err
	}
	c.store.debugf("set the limits of the cgroups")
	for _, w := range c.state.Cgroup.Warnings() {
		if c.store.Warn != nil {
			c.store.Warn(w)
		}
	}
	if len(res.Devices) == 0 {
		return nil
	}
	c.state.Devices = res.Devices
	return c.dir.Save(c.state)
}

// deviceRules returns the rules for devices in force: those of the last update
// that had rules, or of the configuration. An update without rules needs none.
func (c *Container) deviceRules(res *specs.LinuxResources) (*specs.LinuxResources, error) {
	switch {
	case len(res.Devices) == 0:
		return nil, nil
	case c.state.Devices != nil:
		return &specs.LinuxResources{Devices: c.state.Devices}, nil
	}
	s, err := c.Spec()
	if err != nil {
		return nil, err
	}
	return spec.Resources(s), nil
}

// rdtUpdate checks that the container's schemas can be changed, and returns a
// function that changes them.
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
	if err := c.dir.Save(c.state); err != nil {
		return err
	}
	if err := group.Create(cfg); err != nil {
		c.state.Rdt = nil
		return errors.Join(err, c.dir.Save(c.state))
	}
	return group.JoinAll(c.state.Cgroup.Procs)
}
