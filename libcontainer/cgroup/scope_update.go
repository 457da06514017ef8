package cgroup

import (
	"context"
	"errors"

	"github.com/oci-rt/rt/libcontainer/systemd"
	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// updateScope tells systemd of limits that have been written to the cgroup's
// files, and writes them again, because systemd writes what it makes of them:
// a quota in whole percents.
func (c *Config) updateScope(ctx context.Context, res *specs.LinuxResources, changes []change, devices *deviceChange) error {
	if c.Scope == nil {
		return nil
	}
	m, err := systemd.Connect(ctx, c.Scope.User)
	if err != nil {
		return err
	}
	defer m.Close()
	var list properties
	if err := c.resourceProperties(&list, res, func() (int, error) { return m.Version(ctx) }); err != nil {
		return err
	}
	list.remove("OOMPolicy") // systemd takes it at the start only
	if devices != nil {
		c.deviceProperties(&list, devices.to)
	}
	if len(list) == 0 {
		return nil
	}
	err = c.whileDevicesAreSet(ctx, func() error {
		if err := m.SetProperties(ctx, c.Scope.Unit, list); err != nil || devices == nil {
			return err
		}
		return c.setDevices(devices.to)
	})
	if err != nil {
		return err
	}
	for i := range changes {
		if err := changes[i].write(); err != nil {
			return err
		}
	}
	return nil
}

// whileDevicesAreSet holds the container while systemd changes a unit. On v1 it
// writes the unit's devices again, and denies all of them for a moment.
func (c *Config) whileDevicesAreSet(ctx context.Context, set func() error) error {
	if c.Version != 1 {
		return set()
	}
	return c.whileHeld(ctx, set)
}

// whileHeld does something while the container is frozen.
func (c *Config) whileHeld(ctx context.Context, set func() error) error {
	frozen, err := c.Frozen()
	if err != nil {
		return err
	}
	if frozen {
		return set()
	}
	if err := c.Freeze(ctx); err != nil {
		return err
	}
	return errors.Join(set(), c.Thaw())
}
