package task

import (
	"context"
	"errors"
	"fmt"

	"github.com/containerd/containerd/api/events"
	api "github.com/containerd/containerd/api/runtime/task/v3"
	"github.com/containerd/errdefs"
	"github.com/oci-rt/rt/libcontainer"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
	"google.golang.org/protobuf/types/known/emptypb"
)

// maxSignal is the last real-time signal (signal(7)).
const maxSignal = 64

// Kill sends a signal to a process or, with all, to everything in the container.
func (s *Service) Kill(ctx context.Context, r *api.KillRequest) (*emptypb.Empty, error) {
	c, p, err := s.process(r.ID, r.ExecID)
	if err != nil {
		return nil, err
	}
	if r.Signal == 0 || r.Signal > maxSignal {
		return nil, fmt.Errorf("signal %d (want 1 to %d): %w", r.Signal, maxSignal, errdefs.ErrInvalidArgument)
	}
	sig := unix.Signal(r.Signal)
	if r.ExecID == "" && (r.All || sig == unix.SIGKILL) {
		err = c.kill(ctx, sig, r.All)
	} else {
		err = p.signal(sig)
	}
	return &emptypb.Empty{}, err
}

// kill is for the signals that may concern more than the first process: see
// [libcontainer.Container.Signal].
func (c *container) kill(ctx context.Context, sig unix.Signal, all bool) error {
	err := c.with(func(lib *libcontainer.Container) error { return lib.Signal(ctx, sig, all) })
	if errors.Is(err, libcontainer.ErrNotRunning) {
		// What containerd takes for an end that it has not heard of yet.
		return fmt.Errorf("process already finished: %w: %w", err, errdefs.ErrNotFound)
	}
	return err
}

// Pause freezes a container.
func (s *Service) Pause(ctx context.Context, r *api.PauseRequest) (*emptypb.Empty, error) {
	c, err := s.container(r.ID)
	if err != nil {
		return nil, err
	}
	if err := c.with(func(lib *libcontainer.Container) error { return lib.Pause(ctx) }); err != nil {
		return nil, err
	}
	c.paused.Store(true)
	s.tell(&events.TaskPaused{ContainerID: r.ID})
	return &emptypb.Empty{}, nil
}

// Resume lets a paused container go on.
func (s *Service) Resume(ctx context.Context, r *api.ResumeRequest) (*emptypb.Empty, error) {
	c, err := s.container(r.ID)
	if err != nil {
		return nil, err
	}
	if err := c.with(func(lib *libcontainer.Container) error { return lib.Resume(ctx) }); err != nil {
		return nil, err
	}
	c.paused.Store(false)
	s.tell(&events.TaskResumed{ContainerID: r.ID})
	return &emptypb.Empty{}, nil
}

// ResizePty tells a process's terminal how large its window is.
func (s *Service) ResizePty(_ context.Context, r *api.ResizePtyRequest) (*emptypb.Empty, error) {
	_, p, err := s.process(r.ID, r.ExecID)
	if err != nil {
		return nil, err
	}
	return &emptypb.Empty{}, p.resize(r.Width, r.Height)
}

// CloseIO ends a process's input.
func (s *Service) CloseIO(_ context.Context, r *api.CloseIORequest) (*emptypb.Empty, error) {
	_, p, err := s.process(r.ID, r.ExecID)
	if err != nil || !r.Stdin {
		return &emptypb.Empty{}, err
	}
	p.closeStdin()
	return &emptypb.Empty{}, nil
}

// Update changes the limits of a container.
func (s *Service) Update(ctx context.Context, r *api.UpdateTaskRequest) (*emptypb.Empty, error) {
	c, err := s.container(r.ID)
	if err != nil {
		return nil, err
	}
	res := new(specs.LinuxResources)
	if err := spec.Decode(res, "linux.resources", r.Resources.GetValue()); err != nil {
		return nil, err
	}
	for _, w := range spec.UpdateWarnings(res) {
		c.warnOf(errors.New(w.String()))
	}
	return &emptypb.Empty{}, c.with(func(lib *libcontainer.Container) error { return lib.Update(ctx, res, nil) })
}
