package libcontainer

import (
	"context"
	"fmt"
)

// Pause freezes all processes of a created or running container, and returns when
// they are frozen. If that takes too long, or ctx ends before, they go on and Pause
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
		if err := c.state.Cgroup.Freeze(ctx); err != nil {
			return err
		}
		c.store.debugf("froze the cgroup")
		return nil
	})
}

// Resume lets a paused container go on. It waits for others that change the
// container, until ctx ends. A container that is not paused is [ErrNotPaused].
func (c *Container) Resume(ctx context.Context) error {
	return c.change(ctx, func() error {
		switch status, err := c.Status(); {
		case err != nil:
			return err
		case status != Paused:
			return fmt.Errorf("%w: it is %s", ErrNotPaused, status)
		}
		if err := c.state.Cgroup.Thaw(); err != nil {
			return err
		}
		c.store.debugf("thawed the cgroup")
		return nil
	})
}

// change locks the container, reads its state again and calls do.
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
	c.store.debugf("locked the container %s", st.ID)
	return do()
}
