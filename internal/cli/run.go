package cli

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/oci-rt/rt/internal/linux"
	"github.com/oci-rt/rt/libcontainer"
	"github.com/urfave/cli/v2"
	"golang.org/x/sys/unix"
)

func (r *rt) runCommand() *cli.Command {
	var o runOptions
	return &cli.Command{
		Name:      "run",
		ArgsUsage: "ID",
		Usage:     "create a container, start its program and wait until it exits",
		Flags:     o.flags(),
		Action:    func(c *cli.Context) error { return r.run(c.Args().First(), &o) },
	}
}

type runOptions struct {
	createOptions
	detach, keep, noSubreaper bool
	record                    recordOptions
}

func (o *runOptions) flags() []cli.Flag {
	return append(append(o.createOptions.flags(), o.record.flags()...),
		&cli.BoolFlag{Name: "detach", Aliases: []string{"d"}, Usage: "return when the program has started; do not wait until it exits", Destination: &o.detach},
		&cli.BoolFlag{Name: "keep", Usage: "do not delete the container after its program exits", Destination: &o.keep},
		&cli.BoolFlag{Name: "no-subreaper", Usage: subreaperUsage, Destination: &o.noSubreaper},
	)
}

func (r *rt) run(id string, o *runOptions) error {
	if err := o.record.begin(o.detach); err != nil {
		return err
	}
	if o.detach {
		return r.runDetached(id, o)
	}
	signals := catchSignals()
	cfg, err := r.config(id, &o.createOptions, false)
	if err != nil {
		return err
	}
	if !o.noSubreaper {
		if err := becomeSubreaper(); err != nil {
			return err
		}
	}
	cfg.Record = o.record.recorder
	return r.writeRecord(&o.record, r.runForeground(cfg, o, signals))
}

const subreaperUsage = "do not become the subreaper of the container's orphaned processes"

// becomeSubreaper makes orphans of a container this process's children.
func becomeSubreaper() error {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("become a subreaper: %w", err)
	}
	return nil
}

// runForeground runs a container and waits for its end. Signals are caught
// before the container exists, so that none leaves it half made.
func (r *rt) runForeground(cfg libcontainer.Config, o *runOptions, signals *caught) error {
	signals.await(cfg.Spec.Process.Terminal)
	p, err := r.store.Run(context.Background(), cfg)
	linux.Close(cfg.Files) // or whoever waits for their end would wait for rt
	r.log.started(err)
	r.writeTrace(&o.trace, err)
	if err != nil {
		return err
	}
	defer p.Close()
	o.record.started = true
	go func() {
		// rt is the service, because it lives as long as the container.
		if err := p.AwaitReady(context.Background(), os.Getpid()); err != nil {
			r.log.warn(err)
		}
	}()
	return r.untilEnd(p, o.keep, signals)
}

// untilEnd is foreground for the first process of a container. Then it removes the
// container, unless keep is set.
func (r *rt) untilEnd(p *libcontainer.Process, keep bool, signals *caught) error {
	err := r.foreground(p, signals)
	if keep || err != nil && !errors.As(err, new(exitStatus)) {
		return err
	}
	if removeErr := p.Remove(context.Background()); removeErr != nil {
		return removeErr
	}
	return err
}

func (r *rt) runDetached(id string, o *runOptions) error {
	cfg, err := r.config(id, &o.createOptions, true)
	if err != nil {
		return err
	}
	p, err := r.store.Run(context.Background(), cfg)
	linux.Close(cfg.Files)
	r.writeTrace(&o.trace, err)
	if err != nil {
		return err
	}
	defer p.Close()
	return p.AwaitReady(context.Background(), 0)
}
