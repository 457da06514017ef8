package libcontainer

import "fmt"

// Pause freezes all processes of a created or running container, and returns
// when they stand. If they do not in time, they go on and Pause fails.
func (c *Container) Pause() error {
	return c.change(func() error {
		switch status, err := c.Status(); {
		case err != nil:
			return err
		case status == Paused:
			return fmt.Errorf("%w: it is paused already", ErrNotRunning)
		case status != Created && status != Running:
			return ErrNotRunning
		}
		return c.state.Cgroup.Freeze()
	})
}

// Resume lets a paused container go on.
func (c *Container) Resume() error {
	return c.change(func() error {
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
func (c *Container) change(do func() error) error {
	if err := c.dir.Lock(); err != nil {
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
