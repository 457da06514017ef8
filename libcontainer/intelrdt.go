package libcontainer

import (
	"github.com/oci-rt/rt/libcontainer/intelrdt"
	"github.com/oci-rt/rt/spec"
)

// locateRdt finds out which group in resctrl the container gets, if any.
func (b *newContainer) locateRdt() error {
	cfg := spec.IntelRdt(b.cfg.Spec)
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
func (b *newContainer) createRdt() error {
	if b.state.Rdt == nil {
		return nil
	}
	return b.state.Rdt.Create(spec.IntelRdt(b.cfg.Spec))
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
