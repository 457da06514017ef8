package cli

import (
	"errors"
	"fmt"
	"slices"

	"github.com/oci-rt/rt/internal/signals"
	"github.com/oci-rt/rt/libcontainer"
	"golang.org/x/sys/unix"
)

// catchSignals catches all signals that can be passed on. With a terminal that
// does not mean those that stop whoever uses it in the background.
func catchSignals(terminal bool) (*signals.Caught, error) {
	all := signals.All()
	if terminal {
		all = slices.DeleteFunc(all, func(s unix.Signal) bool { return s == unix.SIGTTIN || s == unix.SIGTTOU })
	}
	return signals.Catch(all...)
}

// foreground shows the terminal of a process that rt has started, passes
// signals on to it until it ends, and returns its exit status as an error.
func (r *rt) foreground(f *libcontainer.Foreground, caught *signals.Caught) error {
	resize, detach, err := attach(f)
	if err != nil {
		err = errors.Join(err, f.Signal(unix.SIGKILL))
		_, waitErr := f.Wait()
		return errors.Join(err, waitErr)
	}
	defer detach()
	status, err := r.await(f, caught, resize)
	if err != nil {
		return err
	}
	if status != 0 {
		return exitStatus(status)
	}
	return nil
}

// await passes signals on until the process has ended. The kernel tells by
// SIGCHLD that it may have.
func (r *rt) await(f *libcontainer.Foreground, caught *signals.Caught, resize func() error) (int, error) {
	for {
		if status, ended, err := f.Ended(); ended || err != nil {
			return status, err
		}
		s, err := caught.Next()
		if err != nil {
			return 0, err
		}
		if err := forward(s, f, resize); err != nil {
			r.log.warn(fmt.Errorf("forward %s: %w", unix.SignalName(s), err))
		}
	}
}

// forward passes a signal on, but for SIGCHLD, which is about this process
// alone. A change of the window's size goes on as one of the process's
// terminal, if it has one.
func forward(s unix.Signal, f *libcontainer.Foreground, resize func() error) error {
	switch {
	case s == unix.SIGCHLD:
		return nil
	case s == unix.SIGWINCH && resize != nil:
		return resize()
	}
	return f.Signal(s)
}
