package libcontainer

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/oci-rt/rt/internal/waiting"
	"github.com/oci-rt/rt/libcontainer/creator"
	"github.com/oci-rt/rt/libcontainer/state"
	"github.com/oci-rt/rt/spec"
	"golang.org/x/sys/unix"
)

// Start makes a created container execute its program. It returns once the kernel
// has accepted the program, or with the reason why it did not. manager is the
// address of the service manager's socket (NOTIFY_SOCKET), or "". If the container
// was created for a service manager too, Start then waits until it is ready.
//
// If ctx ends before Start returns, the container's process ends. The error may be
// [ErrNotExist], [ErrWrongState], [ErrProgramNotFound], [ErrProgramDenied] or a
// [StepError].
func (s Store) Start(ctx context.Context, id, manager string) error {
	c, err := s.openLocked(ctx, id)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.startable(); err != nil {
		return err
	}
	s.debugf("locked the container %s, whose init process is %d", id, c.state.Init.Pid)
	kill := func() { _ = c.signalInit(unix.SIGKILL) } // the process is a child of another process
	return cancelled(ctx, creator.EndWith(ctx, kill, func() error { return c.startFor(ctx, manager) }))
}

// startable returns nil if the container can be started, and otherwise why not.
func (c *Container) startable() error {
	status, err := c.Status()
	switch {
	case err != nil:
		return err
	case status == Stopped:
		return wrongState("cannot start a container that has stopped")
	case status != Created:
		return wrongState(fmt.Sprintf("cannot start an already running container: it is %s", status))
	}
	return nil
}

// start starts a container whose init waits at its socket.
func (c *Container) start(ctx context.Context) error {
	return c.startWith(ctx, func() error {
		if err := c.runStartHooks(ctx); err != nil {
			return hookFailed{err}
		}
		return c.release(ctx)
	})
}

// hookFailed is the failure of a startContainer hook, after which the container is
// deleted (runtime.md, "Lifecycle").
type hookFailed struct{ error }

func (e hookFailed) Unwrap() error { return e.error }

// startWith starts the program with release, and records that.
func (c *Container) startWith(ctx context.Context, release func() error) error {
	if err := release(); err != nil {
		if errors.As(err, new(hookFailed)) {
			err = errors.Join(err, c.delete(context.WithoutCancel(ctx)))
		}
		return err
	}
	c.store.debugf("the init process has executed its program")
	c.state.Phase = state.Running
	if err := c.dir.Save(c.state); err != nil {
		// The program runs, and Status sees that even without the record.
		c.store.warn(err)
	}
	c.dir.RemoveStartSocket()
	if err := c.runHooks(ctx, spec.Poststart, Running, c.state.Init.Pid); err != nil {
		return errors.Join(err, c.delete(context.WithoutCancel(ctx)))
	}
	return nil
}

// release connects to the waiting init, which makes it go on, and waits for its
// last report.
func (c *Container) release(ctx context.Context) error {
	conn, err := c.dir.ConnectForStart()
	if err != nil {
		return fmt.Errorf("%w (the init process %d is not waiting)", err, c.state.Init.Pid)
	}
	defer conn.Close()
	c.store.debugf("let the init process %d go on", c.state.Init.Pid)
	over := waiting.For(ctx, "the init process to execute the program")
	r, err := creator.AwaitExec(conn)
	over()
	switch {
	case errors.Is(err, creator.ErrSilent):
		return fmt.Errorf("%w, before it executed the program%s", err, c.explainSilence())
	case err != nil:
		return err
	case r.Errno != 0:
		c.awaitFailed(ctx)
		e := &creator.StepError{Origin: c.state.LastOrigin(r.Step), Step: int(r.Step), Errno: r.Errno}
		c.look(e)
		return e
	}
	return nil
}

// look finds out why a program could not be executed, by its file in the rootfs. Files on
// other mounts of the container are not seen.
func (c *Container) look(e *creator.StepError) {
	root, err := os.OpenFile(c.state.Rootfs, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return
	}
	defer root.Close()
	creator.LookAtProgram(e, root)
}

// explainSilence says that the init was killed for lack of memory, or returns "".
func (c *Container) explainSilence() string {
	if oom := c.state.Cgroup.OOM(); oom != "" {
		return ": it " + oom
	}
	return ""
}

// awaitFailed waits for the end of an init that has reported why it does not
// execute the program: an engine that gets the error deletes the container at
// once, and containerd refuses to delete a container before it knows that it has
// stopped.
func (c *Container) awaitFailed(ctx context.Context) {
	init, err := c.state.Init.Open()
	if err != nil {
		return // it has ended
	}
	defer init.Close()
	_ = c.awaitEnd(ctx, init)
}
