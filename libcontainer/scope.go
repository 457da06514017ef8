package libcontainer

import (
	"errors"
	"fmt"

	"github.com/oci-rt/rt/libcontainer/cgroup"
	"github.com/oci-rt/rt/libcontainer/systemd"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// locateCgroup finds out where the cgroups of a new container go, and who makes
// them.
func (s Store) locateCgroup(c *specs.Spec, id string) (*cgroup.Config, error) {
	switch {
	case s.InheritCgroup:
		return cgroup.Own()
	case s.SystemdCgroup:
		return cgroup.LocateScope(cgroupsPath(c), id, s.Rootless.Is(), spec.SystemdSubgroup(c.Annotations))
	}
	return cgroup.Locate(cgroupsPath(c), id)
}

// readUnitProperties reads the properties that the annotations ask for. It does so
// before anything is made, and finds all their faults.
func (b *birth) readUnitProperties() error {
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

// enterScope makes systemd start the container's scope with the init in it,
// which has asked for that.
func (b *birth) enterScope() error {
	return b.whenAsked(func() error { return b.startScope(b.init.pid) })
}

// startScope makes systemd start the container's scope with a process in it.
func (b *birth) startScope(pid int) error {
	res, _ := resourcesOfStart(b.cfg.Spec)
	if err := b.state.Cgroup.StartScope(pid, res, b.unitProperties); err != nil {
		return err
	}
	b.warnCgroup()
	return b.delegateCgroup()
}

// asksSystemd reports whether systemd has to bring a process into the
// container's cgroup: a user may not from one of the user's sessions, because
// what is above both belongs to root (cgroups(7), "delegation containment").
func (e *execution) asksSystemd() bool {
	return e.group.Scope != nil && e.group.Scope.User
}

// attach makes systemd bring the process into its cgroup, which it has asked
// for.
func (e *execution) attach() error {
	return e.whenAsked(func() error {
		if err := e.group.Attach(e.init.pid); err != nil {
			return fmt.Errorf("linux.cgroupsPath: %w", err)
		}
		return nil
	})
}
