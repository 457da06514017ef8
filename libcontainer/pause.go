package libcontainer

import (
	"context"
	"fmt"
)

// Pause freezes all processes of a created or running container, and returns
// when they stand. If they do not in time, or ctx ends before, they go on and Pause
// fails. A container in any other state is [ErrNotRunning].
func (c *Container) Pause(ctx context.Context) error {
	return c.change(ctx, func() error {
		switch status, err := c.Status(); {
		case err != nil:
			return err
		case status == Paused:
			return fmt.Errorf("%w: it is paused already", ErrNotRunning)
		case status != Created && status != Running:
			return ErrNotRunning
		}
		return c.state.Cgroup.Freeze(ctx)
	})
}

// Resume lets a paused container go on. It waits for others who change the
// container, but no longer than ctx. One that is not paused is [ErrNotPaused].
func (c *Container) Resume(ctx context.Context) error {
	return c.change(ctx, func() error {
		switch status, err := c.Status(); {
		case err != nil:
			return err
		case status != Paused:
			return fmt.Errorf("%w: it is %s", ErrNotPaused, status)
		}
		return c.state.Cgroup.Thaw()
	})
}

// change calls do with the container locked, when its state has been read
// again.
func (c *Container) change(ctx context.Context, do func() error) error {
	if err := c.dir.Lock(ctx); err != nil {
		return err
	}
	defer c.dir.Unlock()
	st, err := c.dir.Load()
	if err != nil {
		return err
	}
	c.state = st
	return do()
}
