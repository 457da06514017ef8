package task

import (
	"context"
	"fmt"

	"github.com/containerd/containerd/api/events"
	api "github.com/containerd/containerd/api/runtime/task/v3"
	"github.com/containerd/errdefs"
)

// Start lets a container's first process run, or makes another one and lets it run.
func (s *Service) Start(ctx context.Context, r *api.StartRequest) (*api.StartResponse, error) {
	c, p, err := s.process(r.ID, r.ExecID)
	if err != nil {
		return nil, err
	}
	if r.ExecID == "" {
		err = c.start(ctx)
	} else {
		err = c.startExec(ctx, p)
	}
	if err != nil {
		return nil, err
	}
	return &api.StartResponse{Pid: uint32(p.pid())}, nil
}

// start lets the first process run. It is told before its end is.
func (c *container) start(ctx context.Context) error {
	p := c.init
	p.starting.Lock()
	defer p.starting.Unlock()
	if c.restore != nil {
		return c.startRestored(ctx)
	}
	if phase, _ := p.state(); phase != created {
		return fmt.Errorf("container %s cannot be started: it is %s: %w", c.id, phase, errdefs.ErrFailedPrecondition)
	}
	if err := p.lib.Start(ctx); err != nil {
		p.fail() // which its watch tells
		return err
	}
	c.started()
	return nil
}

// started tells that the first process runs.
func (c *container) started() {
	c.init.advance(running)
	c.service.tell(&events.TaskStart{ContainerID: c.id, Pid: uint32(c.init.pid())})
}
