package libcontainer

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/oci-rt/rt/checkpoint"
	"github.com/oci-rt/rt/libcontainer/netdevice"
	"github.com/oci-rt/rt/libcontainer/process"
	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/libcontainer/state"
	"github.com/oci-rt/rt/libcontainer/systemd"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// Config says what container to make.
type Config struct {
	ID      string
	Bundle  string      // absolute path
	Spec    *specs.Spec // checked by package spec
	Text    []byte      // that Spec was read from, or nil
	PidFile string      // where to write the first process's pid, or ""
	Stdio   [3]*os.File // the container's stdin, stdout and stderr
	Files   []*os.File  // the container's descriptors from 3 on, closed here when it has them
	Sockets Sockets     // of an engine that wants descriptors
	// NoNewKeyring leaves the container the caller's session keyring.
	NoNewKeyring bool
	NoPivot      bool   // the host's root cannot be changed: see [mount.StandIn]
	Manager      string // the address of the service manager's socket (NOTIFY_SOCKET), or ""
	// Warn is told of settings that cannot be granted, which the specification
	// does not want to be an error. It may be nil.
	Warn func(error)
	// tamper changes the compiled program, in tests.
	tamper func(*program.Program)
	// tamperHook changes the compiled programs of createContainer hooks, in
	// tests.
	tamperHook func(*program.Program)
	// joinsCgroup makes tests take the way of a kernel that refuses to let the
	// init be born in its cgroup.
	joinsCgroup bool
}

// keyring returns the name of the session keyring that the container gets, or "".
func (cfg *Config) keyring() string {
	if cfg.NoNewKeyring {
		return ""
	}
	return process.KeyringName(cfg.ID)
}

// Create makes a container up to the point where its program would be
// executed: its init waits for [Store.Start].
func (s Store) Create(cfg Config) error {
	b, err := s.begin(cfg, true)
	if err != nil {
		return err
	}
	defer b.close()
	if err := b.untilCreated(); err != nil {
		return b.abort(err)
	}
	return nil
}

// birth is a container while it is being made.
//
// The state file is always a step ahead of the kernel: it names the cgroup
// before that is made, and the init's pid before the init may go on. Whoever
// kills the creator leaves nothing that [Store.Delete] would not find, since an
// init without parent ends by itself until then.
type birth struct {
	starter
	cfg  Config
	wait bool // for start; otherwise the init goes on as soon as it is acknowledged
	// joinsCgroup says that the init enters its cgroup of the unified hierarchy
	// by itself.
	joinsCgroup bool
	// unitProperties are those of the systemd unit that it is in, if any.
	unitProperties []systemd.Property
	// environment says that the container's environment was made: what undoes
	// that has to run the hooks for it.
	environment bool
	// netDevices are those that were moved into the container, or nil.
	netDevices *netdevice.Moved
}

// begin claims the id and writes down what is about to be made.
func (s Store) begin(cfg Config, wait bool) (*birth, error) {
	if err := refuseOldKernel(); err != nil {
		return nil, err
	}
	d, err := state.Claim(s.Root, cfg.ID)
	if err != nil {
		return nil, err
	}
	cfg.Spec = stayInUserNamespace(cfg.Spec)
	b := &birth{
		starter:     starter{Container: &Container{store: s, dir: d, spec: cfg.Spec}, process: cfg.Spec.Process},
		cfg:         cfg,
		wait:        wait,
		joinsCgroup: cfg.joinsCgroup,
	}
	if err := b.showManager(); err != nil {
		return nil, b.abort(err)
	}
	if err := b.record(); err != nil {
		return nil, b.abort(err)
	}
	s.debugf("claimed the id %s and wrote down the configuration", cfg.ID)
	return b, nil
}

func (b *birth) close() {
	if b.init != nil {
		b.init.close()
	}
	b.handover.close()
	b.root.Close() // may be nil
	b.leaveNetDevices()
	b.Container.Close()
}

// record writes the first state file, behind the configuration that belongs to
// it.
func (b *birth) record() error {
	s := b.cfg.Spec
	if err := b.dir.SaveConfig(s, b.cfg.Text); err != nil {
		return err
	}
	b.state = &state.State{
		Version:         state.Version,
		ID:              b.cfg.ID,
		OCIVersion:      s.Version,
		Bundle:          b.cfg.Bundle,
		Rootfs:          spec.RootfsPath(b.cfg.Bundle, s.Root),
		Created:         time.Now().UTC().Format(time.RFC3339Nano),
		UID:             os.Getuid(),
		Annotations:     s.Annotations,
		Phase:           state.Creating,
		OwnPidNamespace: ownNamespace(s, specs.PIDNamespace),
		RootfsBound:     !ownNamespace(s, specs.MountNamespace),
		Hooks:           hasHooks(s.Hooks),
		Keyring:         b.cfg.keyring(),
	}
	if !s.Process.Terminal {
		b.state.Streams = checkpoint.StreamNames(b.cfg.Stdio)
	}
	group, err := b.store.locateCgroup(s, b.cfg.ID)
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

// untilCreated makes everything up to the point where the init waits to be
// released:
//
//  1. make the cgroup, and the group in resctrl, and set their limits, before
//     anything is in them, and write down that what is in there from now on is
//     this container's;
//  2. compile the program;
//  3. start its image in the new namespaces, and if it is not born in the cgroup,
//     write down who it is;
//  4. wait until it has built the container, and connect it with the agent
//     of its seccomp filter;
//  5. set the limits that would have been in its way, and write down its pid;
//  6. let it go on to wait for start.
func (b *birth) untilCreated() error {
	if err := b.handover.dial(b.cfg.Sockets); err != nil {
		return err
	}
	if err := b.makeCgroup(); err != nil {
		return err
	}
	for _, h := range b.state.Cgroup.Hierarchies {
		b.store.debugf("made the cgroup %s%s", h.Mount, h.Path)
	}
	if err := b.createRdt(); err != nil {
		return err
	}
	if err := b.dir.Save(b.state); err != nil {
		return err
	}
	if err := b.compile(); err != nil {
		return err
	}
	b.store.debugf("compiled the program: %d steps", len(b.prog.Steps))
	b.warn(b.cfg.Warn)
	if err := refuseHostSysctls(b.cfg.Spec); err != nil {
		return err
	}
	if err := b.launch(); err != nil {
		return err
	}
	b.store.debugf("started the init process %d, which runs the program", b.init.pid)
	if err := b.recordOutsider(); err != nil {
		return err
	}
	if err := b.awaitReady(); err != nil {
		return err
	}
	b.store.debugf("the init process has built the container")
	if err := b.bringListener(); err != nil {
		return err
	}
	if err := b.grant(); err != nil {
		return err
	}
	if err := b.joinRdt(b.init.pid); err != nil {
		return err
	}
	if err := b.limitReady(); err != nil {
		return err
	}
	if err := b.recordInit(); err != nil {
		return err
	}
	b.store.debugf("wrote down the first process: %d", b.init.pid)
	if err := b.sendPidfd(); err != nil {
		return err
	}
	if b.wait {
		if err := writePidFile(b.cfg.PidFile, b.init.pid); err != nil {
			return err
		}
	} else if err := b.runStartHooks(); err != nil {
		return err
	}
	return b.acknowledge()
}

func (b *birth) compile() error {
	host, err := b.cfg.host(b.state.Cgroup)
	if err != nil {
		return err
	}
	b.prog, b.layout, err = Compile(b.cfg.Spec, host, Options{
		Bundle:       b.cfg.Bundle,
		WaitForStart: b.wait,
		JoinCgroup:   b.joinsCgroup,
		Keyring:      b.state.Keyring,
		AwaitCgroup:  b.state.Cgroup.Scope != nil,
		Files:        len(b.cfg.Files),

		ShowsTerminal: b.cfg.Sockets.Console == "",
	})
	if b.cfg.tamper != nil && err == nil {
		b.cfg.tamper(b.prog)
	}
	return err
}

// identifyInit makes the init the container's first process.
func (b *birth) identifyInit() error {
	id, err := state.Identify(b.init.pid)
	if err != nil {
		return fmt.Errorf("identify the init process: %w", err)
	}
	b.state.Init = state.Init{Identity: id, Image: b.init.image}
	return nil
}

// recordOutsider writes down who the init is as long as the container's cgroup
// does not tell: that of a user's container which has none, or one that enters
// its cgroup later, on v1 or when systemd has made it. If the creator dies, delete
// finds it by that, stopped or slow as it may be.
func (b *birth) recordOutsider() error {
	if b.init.inCgroup {
		return nil
	}
	if err := b.identifyInit(); err != nil {
		return err
	}
	return b.dir.Save(b.state)
}

// recordInit writes down who the init is and that it is ready.
func (b *birth) recordInit() error {
	if err := b.identifyInit(); err != nil {
		return err
	}
	b.state.Phase = state.Running
	if b.wait {
		b.state.Phase = state.Created
		b.state.LastSteps = state.NotesFrom(b.prog, b.layout.released)
	}
	return b.dir.Save(b.state)
}

// abort removes whatever exists of a container that could not be made, and
// returns why it could not.
func (b *birth) abort(cause error) error {
	defer b.close()
	b.store.debugf("gives up: %v", cause)
	if b.init != nil {
		b.init.kill()
		if b.state != nil {
			b.state.Init = state.Init{} // reaped, so that nobody need look for it
		}
	}
	cause = errors.Join(cause, b.returnNetDevices())
	if b.state == nil {
		return errors.Join(cause, b.dir.Remove())
	}
	switch {
	case b.environment:
		return errors.Join(cause, b.delete())
	case b.init == nil: // looking for processes might fail for the same lack of descriptors
		return errors.Join(cause, b.removeTraces())
	}
	return errors.Join(cause, b.destroy())
}

// writePidFile writes the pid in decimal without a newline, which is what
// engines parse. The file appears under its name only when it is complete.
func writePidFile(path string, pid int) error {
	if path == "" {
		return nil
	}
	dir, name := filepath.Split(path)
	temp := filepath.Join(dir, "."+name)
	_ = os.Remove(temp)
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL|unix.O_NOFOLLOW, 0o666)
	if err != nil {
		return fmt.Errorf("pid file: %w", err)
	}
	_, err = f.WriteString(strconv.Itoa(pid))
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(temp, path)
	}
	if err != nil {
		_ = os.Remove(temp)
		return fmt.Errorf("pid file: %w", err)
	}
	return nil
}

func cgroupsPath(s *specs.Spec) string {
	if s.Linux == nil {
		return ""
	}
	return s.Linux.CgroupsPath
}

func resources(s *specs.Spec) *specs.LinuxResources {
	if s.Linux == nil {
		return nil
	}
	return s.Linux.Resources
}
