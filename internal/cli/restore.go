package cli

import (
	"context"
	"github.com/oci-rt/rt/checkpoint"
	"github.com/oci-rt/rt/libcontainer"
	"github.com/urfave/cli/v2"
)

func (r *rt) restoreCommand() *cli.Command {
	var o restoreOptions
	return &cli.Command{
		Name:        "restore",
		ArgsUsage:   "ID",
		Usage:       "create a container from a checkpoint and wait until it exits",
		Description: "The bundle must be that of the saved container or equivalent to it. The ID may differ.",
		Flags:       o.flags(),
		Action:      func(c *cli.Context) error { return r.restore(c.Context, c.Args().First(), &o) },
	}
}

type restoreOptions struct {
	criuOptions
	create              createOptions
	detach, noSubreaper bool
	lsmProfile          string
	lsmMountContext     string
}

func (o *restoreOptions) flags() []cli.Flag {
	return append(o.criuOptions.flags(),
		&cli.StringFlag{Name: "bundle", TakesFile: true, Aliases: []string{"b"}, Usage: bundleUsage, Destination: &o.create.bundle},
		&cli.StringFlag{Name: "pid-file", TakesFile: true, Usage: "write the pid of the container's init process to `FILE`", Destination: &o.create.pidFile},
		&cli.StringFlag{Name: "console-socket", TakesFile: true, Usage: consoleUsage, Destination: &o.create.sockets.console},
		&cli.BoolFlag{Name: "no-new-keyring", Usage: "keep rt's session keyring instead of making a new one for the container", Destination: &o.create.noNewKeyring},
		&cli.BoolFlag{Name: "detach", Aliases: []string{"d"}, Usage: "return when the container is restored; do not wait until it exits", Destination: &o.detach},
		&cli.BoolFlag{Name: "no-subreaper", Usage: subreaperUsage, Destination: &o.noSubreaper},
		&cli.BoolFlag{Name: "tcp-close", Usage: "restore TCP connections as closed", Destination: &o.options.TCPClose},
		&cli.StringFlag{Name: "lsm-profile", Usage: "restore the processes with the LSM `PROFILE`: apparmor:NAME or selinux:LABEL", Destination: &o.lsmProfile},
		&cli.StringFlag{Name: "lsm-mount-context", Usage: "restore the mounts with the SELinux `CONTEXT`", Destination: &o.lsmMountContext},
		&cli.BoolFlag{Name: "no-pivot", Usage: "not supported: CRIU always uses pivot_root(2)", Destination: &o.create.noPivot},
	)
}

func (r *rt) restore(ctx context.Context, id string, o *restoreOptions) error {
	images, err := o.images()
	if err != nil {
		return err
	}
	cfg, err := r.config(id, &o.create, o.detach)
	if err != nil {
		return err
	}
	cfg.Manager = "" // the service manager was already told that the service is ready
	restore := func() (*libcontainer.Process, error) {
		return r.store.Restore(ctx, libcontainer.RestoreConfig{Config: cfg, RestoreOptions: checkpoint.RestoreOptions{
			Images: images, LSMProfile: o.lsmProfile, LSMMountContext: o.lsmMountContext,
		}})
	}
	if o.detach {
		p, err := restore()
		if err == nil {
			p.Close()
		}
		return err
	}
	if !o.noSubreaper {
		if err := becomeSubreaper(); err != nil {
			return err
		}
	}
	signals := catchSignals()
	signals.await(cfg.Spec.Process.Terminal)
	p, err := restore()
	r.log.started(err)
	if err != nil {
		return err
	}
	defer p.Close()
	return r.untilEnd(p, false, signals)
}
