package task

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/containerd/containerd/api/events"
	api "github.com/containerd/containerd/api/runtime/task/v3"
	"github.com/containerd/containerd/v2/core/mount"
	"github.com/containerd/errdefs"
	"github.com/oci-rt/rt/libcontainer"
	"github.com/oci-rt/rt/shim/settings"
	"github.com/oci-rt/rt/shim/stdio"
	"github.com/oci-rt/rt/spec"
)

// Create makes a container whose first process waits for its start.
func (s *Service) Create(ctx context.Context, r *api.CreateTaskRequest) (*api.CreateTaskResponse, error) {
	if r.ID == "" || r.Bundle == "" {
		return nil, fmt.Errorf("create without id or bundle: %w", errdefs.ErrInvalidArgument)
	}
	if err := s.claim(r.ID); err != nil {
		return nil, err
	}
	c, err := s.create(ctx, r)
	if err != nil {
		s.forget(r.ID)
		return nil, err
	}
	s.set(c)
	s.tell(&events.TaskCreate{
		ContainerID: r.ID,
		Bundle:      r.Bundle,
		Rootfs:      r.Rootfs,
		IO:          &events.TaskIO{Stdin: r.Stdin, Stdout: r.Stdout, Stderr: r.Stderr, Terminal: r.Terminal},
		Checkpoint:  r.Checkpoint,
		Pid:         uint32(c.init.pid()),
	})
	if c.restore == nil {
		c.watch(c.init)
	}
	return &api.CreateTaskResponse{Pid: uint32(c.init.pid())}, nil
}

// create makes the container, or nothing.
func (s *Service) create(ctx context.Context, r *api.CreateTaskRequest) (_ *container, err error) {
	o, err := settings.Parse(r.Options)
	if err != nil {
		return nil, err
	}
	names := stdio.Names{Stdin: r.Stdin, Stdout: r.Stdout, Stderr: r.Stderr, Terminal: r.Terminal}
	c := &container{service: s, id: r.ID, bundle: r.Bundle, store: s.newStore(o), options: o, init: newProcess("", names)}
	if err := c.mount(mount.FromProto(r.Rootfs)); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			s.warn(c.unmount())
		}
	}()
	if err := c.remember(); err != nil {
		return nil, err
	}
	cfg, err := c.config()
	if err != nil {
		return nil, err
	}
	if r.Checkpoint != "" {
		return c, c.restoreLater(cfg, r)
	}
	return c, c.make(ctx, cfg)
}

// mount mounts the root file system.
func (c *container) mount(mounts []mount.Mount) error {
	if len(mounts) == 0 {
		return nil
	}
	c.rootfs = filepath.Join(c.bundle, "rootfs")
	if err := os.Mkdir(c.rootfs, 0o711); err != nil && !os.IsExist(err) {
		return err
	}
	if err := mount.All(mounts, c.rootfs); err != nil {
		return fmt.Errorf("mount the root file system on %s: %w", c.rootfs, err)
	}
	return nil
}

// unmount unmounts what mount has mounted.
func (c *container) unmount() error {
	if c.rootfs == "" {
		return nil
	}
	return mount.UnmountRecursive(c.rootfs, 0)
}

// config returns what the container is to be made of, apart from its streams.
func (c *container) config() (*libcontainer.Config, error) {
	s, text, err := spec.LoadText(c.bundle)
	if err != nil {
		return nil, err
	}
	for _, w := range spec.Warnings(s) {
		c.service.warn(fmt.Errorf("container %s: %s", c.id, w.String()))
	}
	if s.Process.Terminal != c.init.names.Terminal {
		// The request counts, as under runc's shim, and the text is not it any more.
		s.Process.Terminal, text = c.init.names.Terminal, spec.Text{}
	}
	c.sharesPids = sharesPids(s)
	return &libcontainer.Config{
		ID: c.id, Bundle: c.bundle, Spec: s, Text: text,
		NoPivot: c.options.NoPivotRoot, NoNewKeyring: c.options.NoNewKeyring,
		OnlyHere: true,
		Warn:     c.service.cfg.Warn,
	}, nil
}

// make makes the container.
func (c *container) make(ctx context.Context, cfg *libcontainer.Config) error {
	streams, err := c.openStreams(ctx, c.init)
	if err != nil {
		return err
	}
	cfg.Stdio = streams.Files()
	lib, err := c.store.Create(ctx, *cfg)
	if err != nil {
		streams.Close()
		return err
	}
	if err := connect(ctx, lib, streams); err != nil {
		lib.Close()
		streams.Close()
		c.service.warn(c.store.Delete(context.WithoutCancel(ctx), c.id, true))
		return err
	}
	c.init.made(lib)
	c.watchOOM()
	return nil
}
