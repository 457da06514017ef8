package task

import (
	"context"
	"errors"
	"fmt"

	"github.com/containerd/containerd/api/events"
	api "github.com/containerd/containerd/api/runtime/task/v3"
	"github.com/containerd/errdefs"
	"github.com/oci-rt/rt/libcontainer"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// Delete removes a process that does not run or, with an empty exec id, the container.
func (s *Service) Delete(ctx context.Context, r *api.DeleteRequest) (*api.DeleteResponse, error) {
	c, p, err := s.process(r.ID, r.ExecID)
	if err != nil {
		return nil, err
	}
	if r.ExecID == "" {
		err = c.delete(ctx)
	} else {
		err = c.deleteExec(p)
	}
	if err != nil {
		return nil, err
	}
	_, e := p.state()
	return &api.DeleteResponse{Pid: uint32(e.Pid), ExitStatus: uint32(e.Status), ExitedAt: timestamp(e)}, nil
}

func (c *container) deleteExec(p *process) error {
	p.starting.Lock()
	defer p.starting.Unlock()
	switch phase, _ := p.state(); phase {
	case created, running:
		return fmt.Errorf("process %s of container %s is %s: %w", p.execID, c.id, phase, errdefs.ErrFailedPrecondition)
	case deleted:
		return fmt.Errorf("process %s of container %s: %w", p.execID, c.id, errdefs.ErrNotFound)
	}
	c.warnOf(p.release())
	p.advance(deleted)
	c.remove(p)
	return nil
}

// delete removes the container. One that was not started is killed for that.
func (c *container) delete(ctx context.Context) error {
	c.deleting.Lock()
	defer c.deleting.Unlock()
	p := c.init
	phase, _ := p.state()
	switch {
	case phase == deleted:
		return fmt.Errorf("container %s: %w", c.id, errdefs.ErrNotFound)
	case phase == running:
		return fmt.Errorf("container %s is %s: %w", c.id, phase, errdefs.ErrFailedPrecondition)
	case c.restore != nil:
		p.fail()
	}
	if err := c.store.Delete(ctx, c.id, phase == created); err != nil && !errors.Is(err, libcontainer.ErrNotExist) {
		return err
	}
	if _, err := p.wait(ctx); err != nil {
		return err
	}
	c.warnOf(p.release())
	c.letGo()
	c.releaseExecs()
	if err := c.unmount(); err != nil {
		return fmt.Errorf("unmount the root file system: %w", err)
	}
	p.advance(deleted)
	c.service.forget(c.id)
	_, e := p.state()
	c.service.tell(&events.TaskDelete{ContainerID: c.id, Pid: uint32(e.Pid), ExitStatus: uint32(e.Status), ExitedAt: timestamp(e)})
	return nil
}

// releaseExecs gives up what is held for other processes that nobody has deleted.
func (c *container) releaseExecs() {
	c.mu.Lock()
	execs := c.execs
	c.execs = nil
	c.mu.Unlock()
	for _, p := range execs {
		c.warnOf(p.release())
	}
}

// warnOf warns of what is wrong with the container, and is no request's failure.
func (c *container) warnOf(err error) {
	if err != nil {
		c.service.warn(fmt.Errorf("container %s: %w", c.id, err))
	}
}

// timestamp is when a process ended, or nil while it has not.
func timestamp(e Exit) *timestamppb.Timestamp {
	if e.At.IsZero() {
		return nil
	}
	return timestamppb.New(e.At)
}
