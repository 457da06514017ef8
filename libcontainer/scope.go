package libcontainer

import (
	"context"
	"errors"
	"fmt"

	"github.com/oci-rt/rt/libcontainer/cgroup"
	"github.com/oci-rt/rt/libcontainer/systemd"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// locateCgroup finds out where the cgroups of a new container are made, and
// whether systemd makes them.
func (s Store) locateCgroup(ctx context.Context, c *specs.Spec, id string) (*cgroup.Config, error) {
	switch {
	case s.InheritCgroup:
		return cgroup.Own()
	case s.SystemdCgroup:
		group, err := cgroup.LocateScope(ctx, spec.CgroupsPath(c), id, s.Rootless.Is(), spec.SystemdSubgroup(c.Annotations))
		if errors.Is(err, cgroup.ErrUserScope) {
			err = &OptionError{Option: "SystemdCgroup", Err: err}
		}
		return group, err
	}
	return cgroup.Locate(spec.CgroupsPath(c), id)
}

// readUnitProperties reads the properties that the annotations ask for. It does so
// before anything is made, and finds all their faults.
func (b *newContainer) readUnitProperties() error {
	if b.state.Cgroup.Scope == nil {
		return nil
	}
	b.unitProperties = []systemd.Property{systemd.NewProperty("Description", "rt container "+b.cfg.ID)}
	var errs []error
	for _, a := range spec.UnitProperties(b.cfg.Spec.Annotations) {
		p, err := systemd.ParseProperty(a.Name, a.Value)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", a.Path, err))
		}
		b.unitProperties = append(b.unitProperties, p)
	}
	return errors.Join(errs...)
}

// startScope makes systemd start the container's scope with a process in it.
func (b *newContainer) startScope(pid int) error {
	res, _ := startResources(b.cfg.Spec)
	if err := b.state.Cgroup.StartScope(b.ctx, pid, res, b.unitProperties); err != nil {
		return err
	}
	b.store.debugf("systemd has made the cgroup, with the process %d in it", pid)
	b.warnCgroup()
	return b.delegateCgroup()
}
