package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/oci-rt/rt/internal/linux"
	"github.com/oci-rt/rt/libcontainer"
	"github.com/oci-rt/rt/libcontainer/terminal"
	"golang.org/x/sys/unix"
)

// foreground shows the terminal of a process that rt has started, passes
// signals on to it until it ends, and returns its exit status as an error.
func (r *rt) foreground(p *libcontainer.Process, c *caught) error {
	session, err := r.attach(p)
	if err != nil {
		err = errors.Join(err, p.Signal(unix.SIGKILL))
		_, waitErr := p.Wait(context.Background())
		return errors.Join(err, waitErr)
	}
	defer r.detach(session)
	go c.forward(func(s unix.Signal) {
		if err := forward(s, p, session); err != nil {
			r.log.warn(fmt.Errorf("forward %s: %w", unix.SignalName(s), err))
			return
		}
		r.log.debugf("passed %s on", unix.SignalName(s))
	})
	if err := reapOrphans(p.Pid()); err != nil {
		return err
	}
	exit, err := p.Wait(context.Background())
	if err != nil {
		return err
	}
	r.log.debugf("the process %d has ended, which is status %d", p.Pid(), exit.Status())
	if status := exit.Status(); status != 0 {
		return exitStatus(status)
	}
	return nil
}

// reapOrphans waits for the end of a child without reaping it, and reaps all other
// children meanwhile: rt may be the subreaper of the container's orphans.
func reapOrphans(pid int) error {
	for {
		child, _, err := linux.WaitChild(unix.P_ALL, 0, unix.WNOWAIT, nil)
		if err != nil {
			return fmt.Errorf("wait for children: %w", err)
		}
		if child.Pid == pid {
			return nil
		}
		if _, _, err := linux.WaitChild(unix.P_PID, child.Pid, 0, nil); err != nil {
			return fmt.Errorf("reap process %d: %w", child.Pid, err)
		}
	}
}

// forward passes a signal on. If the process has a terminal, SIGWINCH changes the
// size of that terminal instead.
func forward(s unix.Signal, p *libcontainer.Process, session *terminal.Session) error {
	if s == unix.SIGWINCH && session != nil {
		return session.Resize()
	}
	return p.Signal(s)
}
