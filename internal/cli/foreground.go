package cli

import (
	"errors"
	"fmt"

	"github.com/oci-rt/rt/libcontainer"
	"github.com/oci-rt/rt/libcontainer/terminal"
	"golang.org/x/sys/unix"
)

// foreground shows the terminal of a process that rt has started, passes
// signals on to it until it ends, and returns its exit status as an error.
func (r *rt) foreground(f *libcontainer.Foreground, c *caught) error {
	session, err := r.attach(f)
	if err != nil {
		err = errors.Join(err, f.Signal(unix.SIGKILL))
		_, waitErr := f.Wait()
		return errors.Join(err, waitErr)
	}
	defer r.detach(session)
	go c.forward(func(s unix.Signal) {
		if err := forward(s, f, session); err != nil {
			r.log.warn(fmt.Errorf("forward %s: %w", unix.SignalName(s), err))
		}
	})
	status, err := f.Wait()
	if err != nil {
		return err
	}
	if status != 0 {
		return exitStatus(status)
	}
	return nil
}

// forward passes a signal on. A change of the window's size goes on as one of
// the process's terminal, if it has one.
func forward(s unix.Signal, f *libcontainer.Foreground, session *terminal.Session) error {
	if s == unix.SIGWINCH && session != nil {
		return session.Resize()
	}
	return f.Signal(s)
}
