package cgroup

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/oci-rt/rt/internal/linux"
	"golang.org/x/sys/unix"
)

// destroyTimeout bounds the wait for the last processes of a cgroup to be gone.
const destroyTimeout = 2 * time.Second

// orphanTimeout bounds the wait for an init whose creator has died.
const orphanTimeout = 300 * time.Millisecond

// abandonTimeout bounds the wait for systemd to see that a scope is empty.
const abandonTimeout = time.Second

// Destroy removes the container's cgroups, those that were made below them,
// and the parents that were made for them and are empty. It is no error if
// they do not exist. Processes must have been killed before; Destroy waits a
// little for them to be gone, but no longer than ctx.
//
// Of cgroups that are not c.Made it removes only those that are empty: processes
// in there are somebody else's. Then the error is EBUSY, when all others are
// removed.
func (c *Config) Destroy(ctx context.Context) error {
	if !c.Made {
		return c.destroyEmpty(ctx)
	}
	if err := c.stopScope(ctx); err != nil {
		return err // and it can be tried again
	}
	var first error // the others are nearly always for the same reason
	deadline := time.Now().Add(destroyTimeout)
	for i := range c.Hierarchies {
		h := &c.Hierarchies[i]
		if err := removeTree(ctx, h.Dir(), deadline); err != nil {
			if first == nil {
				first = fmt.Errorf("remove the %s cgroup: %w", h.name(), err)
			}
			continue
		}
		h.removeParents()
	}
	return first
}

func (c *Config) destroyEmpty(ctx context.Context) error {
	if c.undone || c.Inherited {
		return nil
	}
	deadline := time.Now().Add(orphanTimeout)
	var first error
	for i := range c.Hierarchies {
		h := &c.Hierarchies[i]
		if c.Scope != nil && h.managed() {
			continue
		}
		if err := h.removeEmpty(ctx, deadline); err != nil && first == nil {
			first = err
		}
	}
	if c.Scope == nil {
		return first
	}
	switch abandoned, err := c.awaitCollected(ctx); {
	case err != nil:
		return errors.Join(first, err)
	case abandoned:
		return errors.Join(first, c.stopUnit(ctx))
	}
	return errors.Join(first, c.forgetUnit(ctx))
}

// removeEmpty removes the cgroup if it has no processes, or none any more before
// the deadline.
func (h *Hierarchy) removeEmpty(ctx context.Context, deadline time.Time) error {
	err := unix.Rmdir(h.Dir())
	for err == unix.EBUSY && time.Now().Before(deadline) {
		if ended := linux.Sleep(ctx, 5*time.Millisecond); ended != nil {
			return fmt.Errorf("wait until the %s cgroup is empty: %w", h.name(), ended)
		}
		err = unix.Rmdir(h.Dir())
	}
	switch err {
	case nil, unix.ENOENT:
		h.removeParents()
		return nil
	}
	return fmt.Errorf("remove the %s cgroup: rmdir %s: %w", h.name(), h.Dir(), err)
}

// removeParents removes the parents that were made for this cgroup, unless
// somebody else uses them by now.
func (h *Hierarchy) removeParents() {
	dir := h.Path
	for range h.Parents {
		dir = parent(dir)
		if unix.Rmdir(h.Mount+dir) != nil {
			return
		}
	}
}
