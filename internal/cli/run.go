package cli

import (
	"errors"
	"fmt"
	"os"
	"os/signal"

	"github.com/oci-rt/rt/libcontainer"
	"golang.org/x/sys/unix"
)

func (r *rt) runCommand() *command {
	var o runOptions
	return &command{
		name:  "run",
		args:  "ID",
		usage: "make a container, execute its program and wait for its end",
		flags: o.flags,
		run:   func(args []string) error { return r.run(args[0], &o) },
	}
}

type runOptions struct {
	createOptions
	detach, keep, noSubreaper bool
}

func (o *runOptions) flags(f *flags) {
	o.createOptions.flags(f)
	f.bool(&o.detach, "detach d", "do not wait for the container's end")
	f.bool(&o.keep, "keep", "do not delete the container at its end")
	f.bool(&o.noSubreaper, "no-subreaper", "leave the container's orphans to another subreaper")
}

func (r *rt) run(id string, o *runOptions) error {
	cfg, err := r.config(id, &o.createOptions, o.detach)
	if err != nil {
		return err
	}
	if o.detach {
		return r.runDetached(cfg)
	}
	if !o.noSubreaper {
		if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
			return fmt.Errorf("become a subreaper: %w", err)
		}
	}
	return r.runForeground(cfg, o.keep)
}

// runForeground runs a container and waits for its end.
//
// The signals that would end rt are caught before the container exists, so that
// it is never left half made. To catch one more costs two switches between
// threads, so the other sixty wait until the init has work of its own; they are
// caught before its program is executed.
func (r *rt) runForeground(cfg libcontainer.Config, keep bool) error {
	signals := make(chan os.Signal, 128)
	signal.Notify(signals, unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGTERM)
	cfg.Meanwhile = func() { catchAll(signals, cfg.Spec.Process.Terminal) }
	f, err := r.store.Run(cfg, keep)
	if err != nil {
		return err
	}
	go func() {
		// rt is the service, as it lives as long as the container does.
		if err := f.AwaitReady(os.Getpid()); err != nil {
			r.log.warn(err)
		}
	}()
	return r.foreground(f, signals)
}

func (r *rt) runDetached(cfg libcontainer.Config) error {
	f, err := r.store.Run(cfg, true)
	if err != nil {
		return err
	}
	defer f.Detach()
	return f.AwaitReady(0)
}

// foreground passes signals on to a process that rt has started, until it ends,
// and returns its exit status as an error.
func (r *rt) foreground(f *libcontainer.Foreground, signals <-chan os.Signal) error {
	resize, detach, err := attach(f)
	if err != nil {
		err = errors.Join(err, f.Signal(unix.SIGKILL))
		_, waitErr := f.Wait()
		return errors.Join(err, waitErr)
	}
	defer detach()
	go r.forward(signals, f, resize)
	status, err := f.Wait()
	if err != nil {
		return err
	}
	if status != 0 {
		return exitStatus(status)
	}
	return nil
}

// catchAll catches all signals. With a terminal that does not mean those that
// stop whoever uses it in the background.
func catchAll(signals chan<- os.Signal, terminal bool) {
	signal.Notify(signals)
	if terminal {
		signal.Reset(unix.SIGTTIN, unix.SIGTTOU)
	}
}

// forward passes signals on, except those that are about this process alone:
// SIGCHLD, and SIGURG, which the Go runtime sends to itself. A change of the
// window's size goes on as one of the process's terminal, if it has one.
func (r *rt) forward(signals <-chan os.Signal, f *libcontainer.Foreground, resize func() error) {
	for s := range signals {
		sig, ok := s.(unix.Signal)
		if !ok || sig == unix.SIGCHLD || sig == unix.SIGURG {
			continue
		}
		var err error
		if sig == unix.SIGWINCH && resize != nil {
			err = resize()
		} else {
			err = f.Signal(sig)
		}
		if err != nil {
			r.log.warn(fmt.Errorf("forward %s: %w", unix.SignalName(sig), err))
		}
	}
}
