package task

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/containerd/containerd/api/events"
	api "github.com/containerd/containerd/api/runtime/task/v3"
	"github.com/containerd/containerd/api/types/runc/options"
	"github.com/containerd/errdefs"
	"github.com/oci-rt/rt/checkpoint"
	"github.com/oci-rt/rt/libcontainer"
	"google.golang.org/protobuf/types/known/emptypb"
)

// Checkpoint saves a container's processes to files, and ends the container if the
// options say so.
func (s *Service) Checkpoint(ctx context.Context, r *api.CheckpointTaskRequest) (*emptypb.Empty, error) {
	c, err := s.container(r.ID)
	if err != nil {
		return nil, err
	}
	d, err := c.dumpOptions(r)
	if err != nil {
		return nil, err
	}
	if err := c.with(func(lib *libcontainer.Container) error { return lib.Checkpoint(ctx, d) }); err != nil {
		return nil, err
	}
	s.tell(&events.TaskCheckpointed{ContainerID: r.ID, Checkpoint: r.Path})
	return &emptypb.Empty{}, nil
}

func (c *container) dumpOptions(r *api.CheckpointTaskRequest) (*checkpoint.DumpOptions, error) {
	var o options.CheckpointOptions
	if r.Options != nil {
		if err := r.Options.UnmarshalTo(&o); err != nil {
			return nil, fmt.Errorf("options of the checkpoint: %w: %w", err, errdefs.ErrInvalidArgument)
		}
	}
	mode, ok := checkpoint.CgroupsModes()[o.CgroupsMode]
	if !ok {
		return nil, fmt.Errorf("cgroups mode %q (want soft, full, strict or ignore): %w", o.CgroupsMode, errdefs.ErrInvalidArgument)
	}
	for _, ns := range o.EmptyNamespaces {
		if ns != "network" {
			return nil, fmt.Errorf("empty namespace %q (want network): %w", ns, errdefs.ErrInvalidArgument)
		}
	}
	dir := r.Path
	if dir == "" {
		dir = o.ImagePath
	}
	return &checkpoint.DumpOptions{
		Images: c.images(dir, o.WorkPath, checkpoint.Options{
			TCPEstablished: o.OpenTcp, ExtUnixSk: o.ExternalUnixSockets, ShellJob: o.Terminal, FileLocks: o.FileLocks, CgroupsMode: mode,
		}),
		Parent:       o.ParentPath,
		LeaveRunning: !o.Exit,
	}, nil
}

// images says where the files of a checkpoint are. CRIU's log goes where the request
// wants it, or the runtime's options.
func (c *container) images(dir, work string, o checkpoint.Options) checkpoint.Images {
	// Devices and addresses are the engine's to make, as under runc.
	o.EmptyNetwork = true
	if work == "" {
		work = c.options.CriuWorkPath
	}
	if work == "" {
		work = filepath.Join(c.bundle, "work")
	}
	return checkpoint.Images{Dir: dir, Log: work, Options: o}
}

// restoreRequest is what a container of a checkpoint is made of.
type restoreRequest struct {
	config *libcontainer.Config
	images checkpoint.Images
}

// restoreLater leaves it to Start to make the container: its processes run at once.
func (c *container) restoreLater(cfg *libcontainer.Config, r *api.CreateTaskRequest) error {
	if r.ParentCheckpoint != "" {
		return fmt.Errorf("a parent checkpoint in a request: CRIU finds it by itself: %w", errdefs.ErrNotImplemented)
	}
	c.restore = &restoreRequest{config: cfg, images: c.images(r.Checkpoint, "", checkpoint.Options{})}
	return nil
}

// startRestored makes the container, whose processes run then.
func (c *container) startRestored(ctx context.Context) error {
	p := c.init
	if phase, _ := p.state(); phase != added {
		return fmt.Errorf("container %s cannot be started: it is %s: %w", c.id, phase, errdefs.ErrFailedPrecondition)
	}
	streams, err := c.openStreams(ctx, p)
	if err != nil {
		return err
	}
	cfg := libcontainer.RestoreConfig{Config: *c.restore.config, RestoreOptions: checkpoint.RestoreOptions{Images: c.restore.images}}
	cfg.Stdio = streams.Files()
	lib, err := c.store.Restore(ctx, cfg)
	if err != nil {
		streams.Close()
		return err
	}
	if err := connect(ctx, lib, streams); err != nil {
		c.warnOf(err)
	}
	p.made(lib)
	c.restore = nil
	c.watchOOM()
	c.started()
	c.watch(p)
	return nil
}
