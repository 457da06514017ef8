package libcontainer

import (
	"context"
	"errors"

	"github.com/oci-rt/rt/checkpoint"
	"github.com/oci-rt/rt/internal/waiting"
	"github.com/oci-rt/rt/libcontainer/creator"
	"github.com/oci-rt/rt/libcontainer/netdevice"
	"github.com/oci-rt/rt/libcontainer/state"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// RestoreConfig says what container to make from a checkpoint.
type RestoreConfig struct {
	Config
	checkpoint.RestoreOptions
}

// Restore makes a container with the processes of a checkpoint. The container runs
// when Restore returns. If ctx ends before, the container ends too. The error may be
// [checkpoint.ErrMissing], [ErrExist], [spec.Faults] or an [OptionError].
func (s Store) Restore(ctx context.Context, cfg RestoreConfig) (*Process, error) {
	if cfg.NoPivot {
		return nil, &OptionError{Option: "NoPivot", Err: errors.New("not supported by restore, because CRIU always uses pivot_root(2)")}
	}
	if err := cfg.check(); err != nil {
		return nil, err
	}
	over := waiting.For(ctx, "CRIU to restore container "+cfg.ID)
	defer over()
	criu, err := checkpoint.Find(ctx)
	if err != nil {
		return nil, err
	}
	s.debugf("found criu %v", criu.Version)
	if err := checkpoint.Check(cfg.Spec); err != nil {
		return nil, err
	}
	cfg.OnlyHere = true
	return s.makeContainer(ctx, cfg.Config, func(b *newContainer) (*Process, error) { return b.restore(criu, &cfg) })
}

// restore makes everything that a new container has except its processes, which CRIU
// makes:
//
//  1. make the cgroup, and the group in resctrl, and write down that what is in
//     there from now on is this container's;
//  2. make the mount points;
//  3. start CRIU, in the cgroup;
//  4. in the new namespaces, before there is a process, run the hooks that
//     expect that;
//  5. write down the first process's pid before it runs;
//  6. pass its terminal on.
func (b *newContainer) restore(criu *checkpoint.CRIU, cfg *RestoreConfig) (*Process, error) {
	if err := b.dial(cfg.Sockets); err != nil {
		return nil, err
	}
	if err := b.listen(); err != nil {
		return nil, err
	}
	r, err := b.restoreRequest(cfg)
	if err != nil {
		return nil, err
	}
	restoration, err := criu.Prepare(r)
	if err != nil {
		return nil, err
	}
	defer restoration.Close()
	b.store.debugf("opened the images in %s", cfg.Images.Dir)
	if b.state.Streams != nil {
		b.state.Streams = checkpoint.StreamNames(restoration.Stdio)
	}
	if err := b.makeGroups(); err != nil {
		return nil, err
	}
	if err := b.makeMountPoints(cfg.LSMProfile); err != nil {
		return nil, err
	}
	b.store.debugf("made the mount points")
	if err := restoration.Run(b.ctx); err != nil {
		return nil, err
	}
	b.store.debugf("criu has restored the container")
	b.state.Phase = state.Running
	if err := b.dir.Save(b.state); err != nil {
		return nil, err
	}
	if err := b.writePidFile(b.cfg.PidFile); err != nil {
		return nil, err
	}
	return b.process()
}

// restoreRequest returns what to ask CRIU for.
func (b *newContainer) restoreRequest(cfg *RestoreConfig) (*checkpoint.Restore, error) {
	c, err := b.forCRIU(b.cfg.Spec)
	if err != nil {
		return nil, err
	}
	if b.state.Surroundings.NotifyDir == "" { // it is not known whether it was saved with such a mount
		dir, err := b.dir.MakeNotifyDir()
		if err != nil {
			return nil, err
		}
		m := spec.NotifyMount(dir)
		c.ExternalMounts = append(c.ExternalMounts, checkpoint.ExternalMount{Destination: m.Destination, Source: m.Source})
	}
	return &checkpoint.Restore{
		Container:      c,
		RestoreOptions: cfg.RestoreOptions,
		Debug:          b.store.Debug,
		Stdio:          cfg.Stdio,
		Keyring:        b.state.Keyring,
		Started:        b.adoptCRIU,
		Namespaces:     b.setUpNamespaces,
		Restored:       b.adoptInit,
		Terminal:       b.takeTerminal,
	}, nil
}

// adoptCRIU puts CRIU's process into the container's cgroups, so that the processes
// that it makes inherit them.
func (b *newContainer) adoptCRIU(pid int) error {
	if b.state.Cgroup.Scope != nil {
		if err := b.startScope(pid); err != nil {
			return err
		}
		if err := b.dir.Save(b.state); err != nil {
			return err
		}
	}
	if !b.state.Cgroup.Inherited {
		if err := b.state.Cgroup.Add(pid); err != nil {
			return err
		}
	}
	return b.joinRdt(pid)
}

// adoptInit records the first process, which is not running yet.
func (b *newContainer) adoptInit(pid int) error {
	b.session = creator.Adopt(pid)
	if err := b.identifyInit(); err != nil {
		return err
	}
	return b.dir.Save(b.state)
}

// setUpNamespaces does in the new namespaces what needs no process in them. It runs
// the same hooks as runc.
func (b *newContainer) setUpNamespaces(pid int) error {
	if spec.NewNamespace(b.cfg.Spec, specs.NetworkNamespace) {
		// The network namespace is empty, and its connections to itself are saved.
		if err := netdevice.LoopbackUp(pid); err != nil {
			return err
		}
	}
	b.environment = true
	for _, stage := range []spec.HookStage{spec.Prestart, spec.CreateRuntime} {
		if err := b.runHooks(b.ctx, stage, Creating, pid); err != nil {
			return err
		}
	}
	return nil
}
