package libcontainer

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/oci-rt/rt/checkpoint"
	"github.com/oci-rt/rt/internal/waiting"
	"github.com/oci-rt/rt/libcontainer/cgroup"
	"github.com/oci-rt/rt/libcontainer/device"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// Checkpoint saves a running container's processes, and ends and deletes the container
// unless it is to go on. If Checkpoint fails, or ctx ends before CRIU is done, the
// container goes on. The error is [ErrNotRunning] if the container does not run, and
// [checkpoint.ErrMissing] if CRIU is not installed.
func (c *Container) Checkpoint(ctx context.Context, o *checkpoint.DumpOptions) error {
	over := waiting.For(ctx, "CRIU to save container "+c.state.ID)
	defer over()
	criu, err := checkpoint.Find(ctx)
	if err != nil {
		return err
	}
	c.store.debugf("found criu %v", criu.Version)
	return c.change(ctx, func() error {
		status, err := c.Status()
		if err != nil {
			return err
		}
		if status != Running && status != Paused {
			return fmt.Errorf("%w: it is %s, so there is nothing to checkpoint", ErrNotRunning, status)
		}
		if err := c.dump(ctx, criu, o); err != nil {
			return errors.Join(err, c.thawAfterDump(status))
		}
		if o.LeaveRunning || o.PreDump {
			return nil
		}
		return c.delete(context.WithoutCancel(ctx)) // its processes have ended
	})
}

// thawAfterDump thaws a container that a dump has left frozen.
func (c *Container) thawAfterDump(before Status) error {
	if before == Paused {
		return nil
	}
	return c.state.Cgroup.Thaw()
}

func (c *Container) dump(ctx context.Context, criu *checkpoint.CRIU, o *checkpoint.DumpOptions) error {
	s, err := c.Spec()
	if err != nil {
		return err
	}
	d := &checkpoint.Dump{
		DumpOptions: *o,
		Pid:         c.state.Init.Pid,
		Freezer:     c.state.Cgroup.FreezerDir(),
		Streams:     c.state.Streams,
	}
	if d.Container, err = c.forCRIU(s); err != nil {
		return err
	}
	d.Debug = c.store.Debug
	if err := criu.Dump(ctx, d); err != nil {
		return err
	}
	c.store.debugf("criu has saved the container in %s", o.Images.Dir)
	return nil
}

// forCRIU returns what a checkpoint and a restore must know about the container.
func (c *Container) forCRIU(s *specs.Spec) (checkpoint.Container, error) {
	outside, err := c.externalMounts(s)
	return checkpoint.Container{
		Spec:           s,
		Rootfs:         c.state.Rootfs,
		Place:          c.dir.Path() + "/criu",
		Cgroups:        cgroup.Roots(),
		ExternalMounts: outside,
	}, err
}

// externalMounts returns the mounts of the host's files, except those that mask paths.
func (c *Container) externalMounts(s *specs.Spec) ([]checkpoint.ExternalMount, error) {
	var list []checkpoint.ExternalMount
	add := func(destination, source string) {
		list = append(list, checkpoint.ExternalMount{Destination: destination, Source: source})
	}
	own := spec.NewNamespace(s, specs.CgroupNamespace)
	for i := range s.Mounts {
		m := &s.Mounts[i]
		o, faults := spec.ParseMountOptions(m.Options)
		if err := faults.Err(); err != nil {
			return nil, err
		}
		switch {
		case o.Remount:
		case o.Bind:
			add(filepath.Clean(m.Destination), spec.BindSource(c.state.Bundle, m.Source))
		case m.Type == "cgroup" || m.Type == "cgroup2":
			for destination, source := range c.state.Cgroup.Binds(m, own) {
				add(destination, source)
			}
		}
	}
	if spec.FindNamespace(s, specs.UserNamespace) >= 0 || inUserNamespace() {
		for _, path := range device.Paths(s) {
			add(path, path)
		}
	}
	return list, nil
}
