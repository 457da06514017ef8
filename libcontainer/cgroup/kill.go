package cgroup

import (
	"context"
	"errors"
	"fmt"

	"github.com/oci-rt/rt/internal/linux"
	"golang.org/x/sys/unix"
)

// maxKillRounds bounds how often Kill looks for new processes. Processes that
// are forked by some not yet signalled need another round.
const maxKillRounds = 100

// Kill sends a signal to every process in the container's cgroup and below.
// It does not wait for their end. A cgroup that does not exist or is not
// c.Made has none.
//
// No process escapes a SIGKILL by forking. With a unified hierarchy the kernel
// kills all processes at once (cgroup.kill, Linux 5.14). Otherwise the
// container is frozen meanwhile. It is always thawed afterwards, because a
// process that the v1 freezer holds does not die. If ctx ends before all are
// signalled, that is the error.
func (c *Config) Kill(ctx context.Context, sig unix.Signal) error {
	if !c.Made {
		return nil
	}
	if sig != unix.SIGKILL {
		return c.signalAll(ctx, sig)
	}
	if h := c.unified(); h != nil && linux.WriteValues(h.Dir()+"/cgroup.kill", "1") == nil {
		return c.thawBelow()
	}
	// An error means that some do not freeze. They are signalled all the same.
	_ = c.freezeWithin(ctx, killFreezeTimeout)
	err := c.signalAll(ctx, sig)
	if thawErr := c.thawBelow(); err == nil {
		err = thawErr
	}
	return err
}

// signalAll signals each process once, until it finds no new ones.
func (c *Config) signalAll(ctx context.Context, sig unix.Signal) error {
	s := signaller{config: c, sig: sig, done: map[process]bool{}}
	for range maxKillRounds {
		if ctx.Err() != nil {
			return fmt.Errorf("signal the processes of the container: %w", context.Cause(ctx))
		}
		pids, err := c.Procs()
		if err != nil {
			return fmt.Errorf("list the processes of the container: %w", err)
		}
		before := len(s.done)
		if err := s.signal(pids); err != nil {
			return err
		}
		if len(s.done) == before {
			return nil
		}
	}
	return errors.New("signal the processes of the container: it forks faster than they can be signalled")
}
