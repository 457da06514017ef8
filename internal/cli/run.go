package cli

import (
	"fmt"
	"os"

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
	f.bool(&o.noSubreaper, "no-subreaper", subreaperUsage)
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
		if err := becomeSubreaper(); err != nil {
			return err
		}
	}
	return r.runForeground(cfg, o.keep)
}

const subreaperUsage = "leave the container's orphans to another subreaper"

// becomeSubreaper makes orphans of a container this process's children.
func becomeSubreaper() error {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("become a subreaper: %w", err)
	}
	return nil
}

// runForeground runs a container and waits for its end. Signals are caught
// before the container exists, so that none leaves it half made.
func (r *rt) runForeground(cfg libcontainer.Config, keep bool) error {
	caught, err := catchSignals(cfg.Spec.Process.Terminal)
	if err != nil {
		return err
	}
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
	return r.foreground(f, caught)
}

func (r *rt) runDetached(cfg libcontainer.Config) error {
	f, err := r.store.Run(cfg, true)
	if err != nil {
		return err
	}
	defer f.Detach()
	return f.AwaitReady(0)
}
