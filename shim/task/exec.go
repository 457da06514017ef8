package task

import (
	"context"
	"fmt"

	"github.com/containerd/containerd/api/events"
	api "github.com/containerd/containerd/api/runtime/task/v3"
	"github.com/containerd/errdefs"
	"github.com/oci-rt/rt/libcontainer"
	"github.com/oci-rt/rt/shim/stdio"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
	"google.golang.org/protobuf/types/known/emptypb"
)

// Exec adds another process, which Start makes.
func (s *Service) Exec(_ context.Context, r *api.ExecProcessRequest) (*emptypb.Empty, error) {
	c, err := s.container(r.ID)
	if err != nil {
		return nil, err
	}
	if r.ExecID == "" {
		return nil, fmt.Errorf("exec without an id: %w", errdefs.ErrInvalidArgument)
	}
	p := newProcess(r.ExecID, stdio.Names{Stdin: r.Stdin, Stdout: r.Stdout, Stderr: r.Stderr, Terminal: r.Terminal})
	p.program = new(specs.Process)
	if err := spec.Decode(p.program, "process", r.Spec.GetValue()); err != nil {
		return nil, err
	}
	p.program.Terminal = r.Terminal
	if err := c.add(p); err != nil {
		return nil, err
	}
	s.tell(&events.TaskExecAdded{ContainerID: r.ID, ExecID: r.ExecID})
	return &emptypb.Empty{}, nil
}

// startExec makes the process and lets it run. It is told before its end is.
func (c *container) startExec(ctx context.Context, p *process) error {
	p.starting.Lock()
	defer p.starting.Unlock()
	if phase, _ := p.state(); phase != added {
		return fmt.Errorf("process %s of container %s cannot be started: it is %s: %w", p.execID, c.id, phase, errdefs.ErrFailedPrecondition)
	}
	if err := c.begin(); err != nil {
		return err
	}
	if err := c.runExec(ctx, p); err != nil {
		c.runs.Done()
		p.fail()
		return err
	}
	p.advance(running)
	c.service.tell(&events.TaskExecStarted{ContainerID: c.id, ExecID: p.execID, Pid: uint32(p.pid())})
	c.watch(p)
	return nil
}

// runExec makes the process and lets it run, or leaves nothing.
func (c *container) runExec(ctx context.Context, p *process) error {
	streams, err := c.openStreams(ctx, p)
	if err != nil {
		return err
	}
	lib, err := c.makeExec(ctx, p, streams)
	if err != nil {
		streams.Close()
		return err
	}
	if err = connect(ctx, lib, streams); err == nil {
		err = lib.Start(ctx)
	}
	if err != nil {
		lib.Close()
		streams.Close()
		return err
	}
	p.made(lib)
	return nil
}

func (c *container) makeExec(ctx context.Context, p *process, streams *stdio.Streams) (lib *libcontainer.Process, err error) {
	err = c.target(func(in *libcontainer.Container) error {
		lib, err = in.Exec(ctx, libcontainer.ExecConfig{Process: p.program, Stdio: streams.Files(), Warn: c.service.cfg.Warn})
		return err
	})
	return lib, err
}
