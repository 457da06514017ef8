package libcontainer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/oci-rt/rt/internal/linux"
	"github.com/oci-rt/rt/internal/waiting"
	"github.com/oci-rt/rt/libcontainer/state"
	"golang.org/x/sys/unix"
)

// killTimeout bounds the wait for a killed process to end: a process in
// uninterruptible sleep may never end.
const killTimeout = 10 * time.Second

// Delete removes a container and everything that belongs to it.
//
// A stopped container can always be deleted, and so can a container that waits for
// start, because engines rely on it. Any other can only be deleted with force, which
// kills it first. With force it is not an error if the container does not exist.
// Otherwise that is [ErrNotExist], a running container is [ErrWrongState], and a
// container with a damaged state is [ErrBadState].
//
// If ctx ends before all is removed, the rest keeps the id, and Delete can be called
// again.
func (s Store) Delete(ctx context.Context, id string, force bool) error {
	d, err := state.OpenLocked(ctx, s.Root, id)
	switch {
	case errors.Is(err, ErrNotExist) && force:
		return state.RemoveForeign(s.Root, id)
	case err != nil:
		return err
	}
	c := &Container{store: s, dir: d}
	defer c.Close()
	c.state, err = d.Load()
	switch {
	case errors.Is(err, ErrNotExist):
		return c.deleteRemains(err, force)
	case errors.Is(err, ErrBadState) && force:
		return c.deleteBadState(ctx, id, err)
	case err != nil:
		return err
	}
	s.debugf("locked the container %s", id)
	if err := c.deletable(force); err != nil {
		return err
	}
	return c.delete(ctx)
}

// delete removes everything of the container, and runs its poststop hooks.
func (c *Container) delete(ctx context.Context) error {
	hooks := c.poststopHooks(ctx)
	if err := c.destroy(ctx); err != nil {
		return err
	}
	hooks()
	return nil
}

func (c *Container) deletable(force bool) error {
	if force {
		return nil
	}
	status, err := c.Status()
	if err != nil {
		return err
	}
	if status != Stopped && status != Created {
		return wrongState(fmt.Sprintf("cannot delete container %s that is not stopped: %s", c.state.ID, status))
	}
	return nil
}

// deleteRemains removes the directory of a container that has no state file: nothing of
// it had been made, or nothing is left. The lock must not have been given up since the
// file was looked for: whoever made the directory may have waited for it, and then there
// is a container.
func (c *Container) deleteRemains(why error, force bool) error {
	if err := c.dir.Remove(); err != nil {
		return err
	}
	c.store.debugf("removed a directory without a container")
	if force {
		return nil
	}
	return why
}

// destroy ends the container's processes and removes its cgroup, its mounts and its
// directory. The directory is removed last, so that until then delete can be tried
// again.
func (c *Container) destroy(ctx context.Context) error {
	if err := c.killAll(ctx); err != nil {
		return err
	}
	c.store.debugf("made sure that no process of the container is left")
	return c.removeTraces(ctx)
}

// removeTraces is destroy for a container that has no process.
func (c *Container) removeTraces(ctx context.Context) error {
	if err := c.removeCgroup(ctx); err != nil {
		return err
	}
	c.store.debugf("removed the cgroups")
	if err := c.removeRdt(); err != nil {
		return err
	}
	if err := c.unbindRootfs(); err != nil {
		return err
	}
	if err := c.dir.Remove(); err != nil {
		return err
	}
	c.store.debugf("removed the state in %s", c.dir.Path())
	return nil
}

// killAll kills all processes in the container and waits for their end.
func (c *Container) killAll(ctx context.Context) error {
	init, err := c.state.Init.Open()
	if err == nil {
		defer init.Close()
		if err := unix.PidfdSendSignal(int(init.Fd()), unix.SIGKILL, nil, 0); err != nil && err != unix.ESRCH {
			return fmt.Errorf("kill process %d: %w", c.state.Init.Pid, err)
		}
		c.store.debugf("killed the first process, %d", c.state.Init.Pid)
	} else if err != unix.ESRCH && !c.emptyCgroupProves(err) {
		return fmt.Errorf("look for process %d: %w", c.state.Init.Pid, err)
	}
	if err := c.killLeftovers(ctx); err != nil {
		return err
	}
	if init == nil {
		return nil
	}
	return c.awaitEnd(ctx, init)
}

// emptyCgroupProves reports whether the first process, which could not be looked for
// because of err, must have ended if the container's cgroup can be removed. So a
// container can be deleted that an earlier runtime made inside another container, and
// whose pid namespace ended with that one's.
func (c *Container) emptyCgroupProves(err error) bool {
	return err == state.ErrElsewhere && c.state.Cgroup != nil && c.state.Cgroup.Made && !c.state.Cgroup.Inherited
}

// killLeftovers kills the processes that the end of the first one does not
// end: those of a shared pid namespace, and frozen ones.
func (c *Container) killLeftovers(ctx context.Context) error {
	if c.state.Cgroup == nil {
		return nil
	}
	pids, err := c.state.Cgroup.Procs()
	if err != nil || len(pids) == 0 {
		return err
	}
	over := waiting.For(ctx, fmt.Sprintf("%d processes of container %s to be killed", len(pids), c.state.ID))
	defer over()
	err = c.state.Cgroup.Kill(ctx, unix.SIGKILL)
	c.store.debugf("killed the processes in the cgroup: %v", pids)
	return err
}

// awaitEnd waits until the first process, whose pidfd is given, has ended. It may
// stay a zombie of another parent.
func (c *Container) awaitEnd(ctx context.Context, pidfd *os.File) error {
	pid := c.state.Init.Pid
	over := waiting.For(ctx, fmt.Sprintf("process %d of container %s to end", pid, c.state.ID))
	defer over()
	ended, err := linux.ReadableUntil(ctx, int(pidfd.Fd()), killTimeout)
	switch {
	case err != nil:
		return fmt.Errorf("wait for process %d: %w", pid, err)
	case ended:
		return nil
	}
	return fmt.Errorf("process %d does not end %v after SIGKILL: %s (see /proc/%[1]d/stack)", pid, killTimeout, c.state.Cgroup.WhyAlive(pid))
}

// removeCgroup removes the container's cgroup. An exec that was entering while the
// others were killed may have left a process in it.
func (c *Container) removeCgroup(ctx context.Context) error {
	if c.state.Cgroup == nil {
		return nil
	}
	err := c.state.Cgroup.Destroy(ctx)
	if !errors.Is(err, unix.EBUSY) {
		return err
	}
	if !c.state.Cgroup.Made {
		c.warnInUse(err)
		return nil
	}
	if err := c.killLeftovers(ctx); err != nil {
		return err
	}
	return c.state.Cgroup.Destroy(ctx)
}

// warnInUse warns of cgroups that stay: the container's creator died before it had
// them for itself, so their processes belong to others.
func (c *Container) warnInUse(err error) {
	if c.store.Warn != nil {
		c.store.Warn(fmt.Errorf("the cgroups stay, others use them: %w", err))
	}
}

// unbindRootfs removes the mounts of a container that has no mount namespace
// of its own. They all lie on the bind mount of its rootfs.
func (c *Container) unbindRootfs() error {
	if !c.state.RootfsBound {
		return nil
	}
	err := unix.Unmount(c.state.Rootfs, unix.MNT_DETACH|unix.UMOUNT_NOFOLLOW)
	if err != nil && err != unix.EINVAL && err != unix.ENOENT {
		return fmt.Errorf("unmount %s: %w", c.state.Rootfs, err)
	}
	return nil
}
