package libcontainer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/oci-rt/rt/checkpoint"
	"github.com/oci-rt/rt/libcontainer/compile"
	"github.com/oci-rt/rt/libcontainer/creator"
	"github.com/oci-rt/rt/libcontainer/netdevice"
	"github.com/oci-rt/rt/libcontainer/state"
	"github.com/oci-rt/rt/libcontainer/systemd"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// newContainer is a container while it is being made.
//
// The state file is always a step ahead of the kernel: it names the cgroup before that is
// made, and the init's pid before the init may go on. If the creator is killed,
// [Store.Delete] finds everything that is left, because until then an init without its
// parent ends by itself.
type newContainer struct {
	processStart
	cfg Config
	// joinsCgroup says that the init enters its cgroup of the unified hierarchy
	// by itself.
	joinsCgroup bool
	// unitProperties are the properties of its systemd unit, if it has one.
	unitProperties []systemd.Property
	// environment says that the container's environment was made: then abort has to run
	// the poststop hooks.
	environment bool
	// netDevices are the devices that were moved into the container, or nil.
	netDevices *netdevice.Moved
}

// begin claims the id and records what is about to be made.
func (s Store) begin(ctx context.Context, cfg Config) (*newContainer, error) {
	if err := refuseOldKernel(); err != nil {
		return nil, err
	}
	d, err := state.Claim(ctx, s.Root, cfg.ID)
	if err != nil {
		return nil, err
	}
	b := &newContainer{
		processStart: processStart{Container: &Container{store: s, dir: d}, ctx: ctx},
		cfg:          cfg,
		joinsCgroup:  cfg.joinsCgroup,
	}
	if err := b.record(); err != nil {
		return nil, b.abort(err)
	}
	s.debugf("claimed the id %s and wrote down the configuration", cfg.ID)
	return b, nil
}

func (b *newContainer) close() {
	b.processStart.close()
	b.leaveNetDevices()
	b.Container.Close()
}

// forget drops what only the start needs. The caller may keep many containers for as long
// as they run, and the program of a single container is 100 KiB and more. What needs the
// configuration later, such as hooks, reads it again.
func (b *newContainer) forget() {
	b.processStart.forget()
	b.cfg, b.unitProperties, b.Container.spec = Config{}, nil, nil
}

// takeConfig saves the configuration, and replaces it with the effective one.
func (b *newContainer) takeConfig() (spec.Surroundings, error) {
	of := surroundings(b.cfg.Spec)
	if err := b.dir.SaveConfig(b.cfg.Spec, b.cfg.Text.Bytes()); err != nil {
		return of, err
	}
	if b.cfg.Manager != "" {
		dir, err := b.dir.MakeNotifyDir()
		if err != nil {
			return of, err
		}
		of.NotifyDir = dir
	}
	b.cfg.Spec = spec.Effective(b.cfg.Spec, of)
	b.Container.spec = b.cfg.Spec
	return of, nil
}

// record writes the first state file, after the configuration that belongs to it.
func (b *newContainer) record() error {
	of, err := b.takeConfig()
	if err != nil {
		return err
	}
	s := b.cfg.Spec
	b.state = &state.State{
		Version:         state.Version,
		ID:              b.cfg.ID,
		OCIVersion:      s.Version,
		Bundle:          b.cfg.Bundle,
		Rootfs:          spec.RootfsPath(b.cfg.Bundle, s.Root),
		Created:         time.Now().UTC().Format(time.RFC3339Nano),
		UID:             os.Getuid(),
		Boot:            b.dir.Boot(),
		Annotations:     s.Annotations,
		Phase:           state.Creating,
		OwnPidNamespace: spec.NewNamespace(s, specs.PIDNamespace),
		RootfsBound:     !spec.NewNamespace(s, specs.MountNamespace),
		Hooks:           hasHooks(s.Hooks),
		Keyring:         b.cfg.keyring(),
		Surroundings:    of,
	}
	if !s.Process.Terminal {
		b.state.Streams = checkpoint.StreamNames(b.cfg.Stdio)
	}
	group, err := b.store.locateCgroup(b.ctx, s, b.cfg.ID)
	if err != nil {
		return err
	}
	b.state.Cgroup = group
	if err := b.readUnitProperties(); err != nil {
		return err
	}
	if err := b.locateRdt(); err != nil {
		return err
	}
	return b.dir.Save(b.state)
}

// untilReady makes everything up to the point where the init waits to be
// acknowledged:
//
//  1. make the cgroup, and the group in resctrl, and set their limits, before
//     anything is in them, and write down that what is in there from now on is
//     this container's;
//  2. compile the program;
//  3. start its image in the new namespaces, and if it is not started in the cgroup,
//     write down who it is;
//  4. do what it asks for until it has built the container;
//  5. set the limits that would have been in its way, and write down its pid;
//
// phase is the phase to record then.
func (b *newContainer) untilReady(phase state.Phase) error {
	if err := b.dial(b.cfg.Sockets); err != nil {
		return err
	}
	if err := b.makeGroups(); err != nil {
		return err
	}
	if err := b.compile(); err != nil {
		return err
	}
	b.store.debugf("compiled the program: %d steps", len(b.plan.Program.Steps))
	b.warn(b.cfg.Warn)
	if err := refuseHostSysctls(b.cfg.Spec); err != nil {
		return err
	}
	if err := b.launch(); err != nil {
		return err
	}
	b.store.debugf("started the init process %d, which runs the program", b.session.Pid())
	return b.session.EndWith(b.ctx, func() error { return b.build(phase) })
}

// build does the steps of untilReady for which there is an init.
func (b *newContainer) build(phase state.Phase) error {
	if err := b.recordOutsider(); err != nil {
		return err
	}
	if err := b.session.Serve(b.answer); err != nil {
		return err
	}
	b.environment = true
	b.store.debugf("the init process has built the container")
	if err := b.limitInit(); err != nil {
		return err
	}
	b.store.debugf("set the limits that would have hindered the init process")
	if err := b.recordInit(phase); err != nil {
		return err
	}
	b.store.debugf("wrote down the first process: %d", b.session.Pid())
	return b.sendPidfd()
}

// makeGroups makes the cgroup and the group in resctrl, and records that what is in them
// from now on belongs to this container.
func (b *newContainer) makeGroups() error {
	if err := b.makeCgroup(); err != nil {
		return err
	}
	b.debugCgroups()
	if err := b.createRdt(); err != nil {
		return err
	}
	return b.dir.Save(b.state)
}

// debugCgroups logs which cgroups were made.
func (b *newContainer) debugCgroups() {
	if b.store.Debug == nil {
		return
	}
	switch g := b.state.Cgroup; {
	case g.Scope != nil:
		b.store.debugf("left the cgroup to systemd")
	case g.Inherited:
		b.store.debugf("made no cgroup: the container stays in that of rt")
	default:
		dirs := make([]string, 0, len(g.Hierarchies))
		for _, h := range g.Hierarchies {
			dirs = append(dirs, h.Dir())
		}
		b.store.debugf("made the cgroups and set their limits: %s", strings.Join(dirs, ", "))
	}
}

// limitInit sets the limits that would have hindered the init before it was ready.
func (b *newContainer) limitInit() error {
	if err := b.session.SetLimits(); err != nil {
		return err
	}
	if err := b.joinRdt(b.session.Pid()); err != nil {
		return err
	}
	return b.limitReady()
}

// answer does what the init asks for.
func (b *newContainer) answer(kind compile.AskKind, f *os.File) error {
	switch kind {
	case compile.EnterCgroup:
		return b.startScope(b.session.Pid())
	case compile.MapIDs:
		return creator.MapIDs(b.session.Pid(), b.cfg.Spec.Linux)
	case compile.Fork:
		return b.recordOutsider()
	case compile.MoveNetDevices:
		return b.giveNetDevices()
	case compile.RunHooks:
		return b.runCreateHooks()
	case compile.TakeTerminal:
		return b.takeTerminal(f)
	case compile.TakeListener:
		b.environment = true
		return b.passListener(f, b.cfg.Spec, b.ociState(Creating, b.session.Pid()))
	case compile.TakeRecording:
		return b.cfg.Record.Listen(f)
	}
	return fmt.Errorf("the init process wants to %v, which is not known here", kind)
}

// identifyInit makes the init the container's first process.
func (b *newContainer) identifyInit() error {
	id, err := state.Identify(b.session.Pid())
	if err != nil {
		return fmt.Errorf("identify the init process: %w", err)
	}
	b.state.Init = state.Init{Identity: id, Image: b.session.Image()}
	return nil
}

// recordOutsider records the identity of an init that is not in the container's cgroup
// from the start: a user's container may have no cgroup, and on v1, or if systemd makes
// the cgroup, the init enters it later. If the creator dies, delete finds the init by
// this record, even if it is stopped or slow.
func (b *newContainer) recordOutsider() error {
	if b.startedInCgroup() {
		return nil
	}
	if err := b.identifyInit(); err != nil {
		return err
	}
	return b.dir.Save(b.state)
}

// recordInit records the identity of the init and that it is ready.
func (b *newContainer) recordInit(phase state.Phase) error {
	if err := b.identifyInit(); err != nil {
		return err
	}
	b.state.Phase = phase
	if !b.cfg.OnlyHere {
		b.state.LastSteps = state.NotesFrom(b.plan.Program, b.plan.Released)
	}
	return b.dir.Save(b.state)
}

// abort removes whatever exists of a container that could not be made, and returns why it
// could not be made. It does so even if ctx has ended.
func (b *newContainer) abort(cause error) error {
	ctx := context.WithoutCancel(b.ctx)
	defer b.close()
	b.store.debugf("failed, and is to be undone: %v", cause)
	if b.session != nil {
		b.kill()
		if b.state != nil {
			b.state.Init = state.Init{} // reaped, so nobody has to look for it
		}
	}
	cause = errors.Join(cause, b.returnNetDevices())
	if b.state == nil {
		return errors.Join(cause, b.dir.Remove())
	}
	switch {
	case b.environment:
		return errors.Join(cause, b.delete(ctx))
	case b.session == nil: // looking for processes might fail for the same lack of descriptors
		return errors.Join(cause, b.removeTraces(ctx))
	}
	return errors.Join(cause, b.destroy(ctx))
}
