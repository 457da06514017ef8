package cli

import (
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
	cfg, err := r.config(id, &o.createOptions)
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
	status, err := r.runForeground(cfg, o.keep)
	if err != nil {
		return err
	}
	if status != 0 {
		return exitStatus(status)
	}
	return nil
}

func (r *rt) runDetached(cfg libcontainer.Config) error {
	f, err := r.store.Run(cfg, true)
	if err != nil {
		return err
	}
	f.Detach()
	return nil
}

// runForeground passes signals on to the container until that ends.
//
// Those that would end rt are caught before the container exists, so that it is
// never left half made. To catch one more signal costs two switches between
// threads, so the other sixty wait until the init has work of its own; they
// are caught before its program is executed.
func (r *rt) runForeground(cfg libcontainer.Config, keep bool) (int, error) {
	signals := make(chan os.Signal, 128)
	signal.Notify(signals, unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGTERM)
	cfg.Meanwhile = func() { signal.Notify(signals) }
	f, err := r.store.Run(cfg, keep)
	if err != nil {
		return 0, err
	}
	go r.forward(signals, f)
	return f.Wait()
}

// forward passes signals on, except those that are about this process alone:
// SIGCHLD, and SIGURG, which the Go runtime sends to itself.
func (r *rt) forward(signals <-chan os.Signal, f *libcontainer.Foreground) {
	for s := range signals {
		sig, ok := s.(unix.Signal)
		if !ok || sig == unix.SIGCHLD || sig == unix.SIGURG {
			continue
		}
		if err := f.Signal(sig); err != nil {
			r.log.warn(fmt.Errorf("forward %s: %w", unix.SignalName(sig), err))
		}
	}
}
