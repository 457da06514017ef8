package cli

import (
	"github.com/oci-rt/rt/checkpoint"
	"github.com/oci-rt/rt/libcontainer"
)

func (r *rt) restoreCommand() *command {
	var o restoreOptions
	return &command{
		name:  "restore",
		args:  "ID",
		usage: "make a container of a checkpoint, and wait for its end",
		about: "The bundle is that of the container that was saved, or one like it. The id may be another.",
		flags: o.flags,
		run:   func(args []string) error { return r.restore(args[0], &o) },
	}
}

type restoreOptions struct {
	criuOptions
	create              createOptions
	detach, noSubreaper bool
	lsmProfile          string
	lsmMountContext     string
}

func (o *restoreOptions) flags(f *flags) {
	o.criuOptions.flags(f)
	f.string(&o.create.bundle, "bundle b", bundleUsage)
	f.string(&o.create.pidFile, "pid-file", "write the pid of the container's first process to `FILE`")
	f.string(&o.create.sockets.console, "console-socket", consoleUsage)
	f.bool(&o.create.noNewKeyring, "no-new-keyring", "let the container have rt's session keyring, not one of its own")
	f.bool(&o.detach, "detach d", "do not wait for the container's end")
	f.bool(&o.noSubreaper, "no-subreaper", subreaperUsage)
	f.bool(&o.options.TCPClose, "tcp-close", "restore TCP connections closed")
	f.string(&o.lsmProfile, "lsm-profile", "give the processes the LSM `PROFILE`: apparmor:NAME or selinux:LABEL")
	f.string(&o.lsmMountContext, "lsm-mount-context", "give the mounts the SELinux `CONTEXT`")
	f.bool(&o.create.noPivot, "no-pivot", "refused: CRIU changes the root by pivot_root(2)")
}

func (r *rt) restore(id string, o *restoreOptions) error {
	images, err := o.images()
	if err != nil {
		return err
	}
	cfg, err := r.config(id, &o.create, o.detach)
	if err != nil {
		return err
	}
	cfg.Manager = "" // it was told that the service is ready
	restore := func(keep bool) (*libcontainer.Foreground, error) {
		return r.store.Restore(libcontainer.RestoreConfig{Config: cfg, RestoreOptions: checkpoint.RestoreOptions{
			Images: images, LSMProfile: o.lsmProfile, LSMMountContext: o.lsmMountContext,
		}}, keep)
	}
	if o.detach {
		f, err := restore(true)
		if err == nil {
			f.Detach()
		}
		return err
	}
	if !o.noSubreaper {
		if err := becomeSubreaper(); err != nil {
			return err
		}
	}
	caught, err := catchSignals(cfg.Spec.Process.Terminal)
	if err != nil {
		return err
	}
	f, err := restore(false)
	if err != nil {
		return err
	}
	return r.foreground(f, caught)
}
