package libcontainer

import (
	"github.com/oci-rt/rt/libcontainer/intelrdt"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// rdtOf returns linux.intelRdt, or nil.
func rdtOf(s *specs.Spec) *specs.LinuxIntelRdt {
	if s.Linux == nil {
		return nil
	}
	return s.Linux.IntelRdt
}

// locateRdt finds out where in resctrl the container goes, if it goes there.
func (b *birth) locateRdt() error {
	cfg := rdtOf(b.cfg.Spec)
	if cfg == nil {
		return nil
	}
	root, err := intelrdt.Mounted()
	if err != nil {
		return err
	}
	group, err := intelrdt.Locate(root, cfg, b.cfg.ID)
	if err != nil {
		return err
	}
	b.state.Rdt = group
	return nil
}

// createRdt makes the group in resctrl.
func (b *birth) createRdt() error {
	if b.state.Rdt == nil {
		return nil
	}
	return b.state.Rdt.Create(rdtOf(b.cfg.Spec))
}

// joinRdt puts a process into the group, if there is one.
func (c *Container) joinRdt(pid int) error {
	if c.state.Rdt == nil {
		return nil
	}
	return c.state.Rdt.Join(pid)
}

// removeRdt removes the group in resctrl, as far as it is the container's own.
func (c *Container) removeRdt() error {
	if c.state.Rdt == nil {
		return nil
	}
	return c.state.Rdt.Destroy()
}
