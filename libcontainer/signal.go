package libcontainer

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sys/unix"
)

// Signal sends sig to the container's first process. A container without a
// process to signal is [ErrNotRunning].
//
// SIGKILL to a container that shares its pid namespace goes to every process of its
// cgroup, because the kernel does not end them with the first one. With all, every
// signal does, and it is not an error if there is no process: users of other
// runtimes rely on that.
//
// In a container without a cgroup of its own, only the first process is known.
//
// If ctx ends while several processes are signalled, some may have got the signal
// and others not. None stays frozen.
func (c *Container) Signal(ctx context.Context, sig unix.Signal, all bool) error {
	if !all && (sig != unix.SIGKILL || c.state.OwnPidNamespace) {
		if err := c.signalInit(sig); err != nil {
			return err
		}
		return c.thawFor(sig)
	}
	err := c.signalAll(ctx, sig)
	if all && errors.Is(err, ErrNotRunning) {
		return nil
	}
	return err
}

func (c *Container) signalInit(sig unix.Signal) error {
	fd, err := c.state.Init.Open()
	if err == nil {
		defer fd.Close()
		err = unix.PidfdSendSignal(int(fd.Fd()), sig, nil, 0)
	}
	switch {
	case errors.Is(err, unix.ESRCH):
		return ErrNotRunning
	case err != nil:
		return fmt.Errorf("signal process %d: %w", c.state.Init.Pid, err)
	}
	c.store.debugf("sent %s to process %d", unix.SignalName(sig), c.state.Init.Pid)
	return nil
}

// signalAll signals every process of the container's cgroup and of those
// below, and the first process, which may have left them.
func (c *Container) signalAll(ctx context.Context, sig unix.Signal) error {
	if c.state.Cgroup == nil {
		return c.signalInit(sig)
	}
	pids, err := c.state.Cgroup.Procs()
	if err != nil {
		return err
	}
	if len(pids) > 0 {
		if err := c.state.Cgroup.Kill(ctx, sig); err != nil {
			return err
		}
		c.store.debugf("sent %s to the processes in the cgroup: %v", unix.SignalName(sig), pids)
	}
	if slices.Contains(pids, c.state.Init.Pid) {
		return nil
	}
	err = c.signalInit(sig)
	if len(pids) > 0 && errors.Is(err, ErrNotRunning) {
		return nil
	}
	return err
}

// thawFor thaws frozen processes for a SIGKILL: on cgroup v1 they would not die
// before somebody thaws them.
func (c *Container) thawFor(sig unix.Signal) error {
	if sig != unix.SIGKILL || c.state.Cgroup == nil {
		return nil
	}
	frozen, err := c.state.Cgroup.Frozen()
	if err != nil || !frozen {
		return err
	}
	err = c.state.Cgroup.Thaw()
	c.store.debugf("thawed the cgroup, for SIGKILL")
	return err
}
