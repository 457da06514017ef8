package libcontainer

import (
	"errors"
	"fmt"
	"os"

	"github.com/oci-rt/rt/libcontainer/cgroup"
	"github.com/oci-rt/rt/libcontainer/hook"
	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// The descriptors that the program of an exec asks for besides inputSync.
const (
	inputContainer program.Input = "container" // pidfd of its first process
	inputRoot      program.Input = "root"      // its root directory
	inputCwd       program.Input = "cwd"       // its working directory
	inputUser      program.Input = "user"      // the container's user namespace
)

// ExecConfig says what to execute in a running container.
type ExecConfig struct {
	// Process is what to execute. What it leaves to the container's
	// configuration is told at [Container.Exec].
	Process *specs.Process
	PidFile string      // where to write the process's pid, or ""
	Stdio   [3]*os.File // its stdin, stdout and stderr
	Files   []*os.File  // its descriptors from 3 on, closed here when it has them
	Sockets Sockets     // of an engine that wants descriptors
	// Cgroups are paths of cgroups below the container's for the process, by
	// controller, or "" for all hierarchies.
	Cgroups map[string]string
	// IgnorePaused starts the process in a paused container too, where it and
	// this process wait until the container goes on.
	IgnorePaused bool
	// Warn is told of settings that cannot be granted, which the specification
	// does not want to be an error. It may be nil.
	Warn func(error)
	// tamper changes the compiled program, and meanwhile is called while the
	// program makes its way into the container, in tests.
	tamper    func(*program.Program)
	meanwhile func()
}

// errStopped and errPaused have the texts of runc, which engines know.
var (
	errStopped = errors.New("cannot exec in a stopped container")
	errPaused  = errors.New("cannot exec in a paused container (use --ignore-paused to override)")
)

// Exec executes another process in the container, which must be created,
// running or, with cfg.IgnorePaused, paused. The process is a child of the
// calling process, which should Wait for it or Detach.
//
// Capabilities, AppArmor profile, SELinux label and OOM score adjustment that
// cfg.Process does not have are those of the container's configuration. All
// else is as cfg.Process says: resource limits that it does not have are the
// caller's.
//
// Nothing on disk changes, so neither a lock nor anything to clean up after a
// caller that is killed: its program ends by itself until the process runs.
func (c *Container) Exec(cfg ExecConfig) (*Foreground, error) {
	if err := c.takesExec(cfg.IgnorePaused); err != nil {
		return nil, err
	}
	s, err := c.execSpec(cfg.Process)
	if err != nil {
		return nil, err
	}
	t, err := c.openTarget(s)
	if err != nil {
		return nil, err
	}
	defer t.close()
	e := c.newExecution(cfg, s, t)
	if e.group, err = c.state.Cgroup.Sub(cfg.Cgroups); err != nil {
		return nil, fmt.Errorf("--cgroup: %w", err)
	}
	f, err := e.start()
	if err != nil {
		e.abort()
		return nil, err
	}
	return f, nil
}

func (c *Container) newExecution(cfg ExecConfig, s *specs.Spec, t *target) *execution {
	return &execution{starter: starter{Container: c, process: s.Process, root: t.root}, cfg: cfg, spec: s, target: t, group: c.state.Cgroup}
}

// takesExec reports why the container takes no other process, if it does not.
func (c *Container) takesExec(paused bool) error {
	status, err := c.Status()
	switch {
	case err != nil:
		return err
	case status == Stopped:
		return errStopped
	case status == Paused && !paused:
		return errPaused
	case status == Creating:
		return errors.New("cannot exec in a container that is being created")
	}
	return nil
}

// execSpec returns the container's configuration with p as its process, which
// gets what it leaves to the configuration.
func (c *Container) execSpec(p *specs.Process) (*specs.Spec, error) {
	s, err := c.Spec()
	if err != nil {
		return nil, err
	}
	s, p = new(*s), new(*p)
	own := s.Process
	if p.Capabilities == nil {
		p.Capabilities = own.Capabilities
	}
	if p.ApparmorProfile == "" {
		p.ApparmorProfile = own.ApparmorProfile
	}
	if p.SelinuxLabel == "" {
		p.SelinuxLabel = own.SelinuxLabel
	}
	if p.OOMScoreAdj == nil {
		p.OOMScoreAdj = own.OOMScoreAdj
	}
	s.Process = p
	return s, spec.ValidateProcess(s).Err()
}

// execution is a process on its way into a container.
type execution struct {
	starter
	cfg    ExecConfig
	spec   *specs.Spec // the container's, with the process to execute
	target *target
	group  *cgroup.Config // where the process belongs
	hook   *hook.Hook     // that the process is, or nil
	// outside says that the hook is the runtime's file: see CompileHook.
	outside bool
	// joinsCgroup says that the process enters its cgroup of the unified
	// hierarchy by itself.
	joinsCgroup bool
	// asksCgroup says that it waits until systemd has brought it there.
	asksCgroup bool
}

// start executes the process. The order is that of a container's start, from
// which it differs in that there is nothing to make:
//
//  1. compile the program and start its image;
//  2. wait until it is in the container;
//  3. give it what it cannot take itself;
//  4. let it go on, and wait until the process has taken its place;
//  5. write the pid file, which tells engines that the process really started.
func (e *execution) start() (*Foreground, error) {
	if err := e.handover.dial(e.cfg.Sockets); err != nil {
		return nil, err
	}
	if err := e.launch(); err != nil {
		return nil, err
	}
	if e.cfg.meanwhile != nil {
		e.cfg.meanwhile()
	}
	if err := e.untilReleased(); err != nil {
		return nil, err
	}
	if r, err := awaitExec(e.init.sync); err != nil || r.Errno != 0 {
		return nil, e.initFailed(r, err)
	}
	fd, err := e.init.pidfd()
	if err != nil {
		return nil, err
	}
	if err := writePidFile(e.cfg.PidFile, e.init.pid); err != nil {
		fd.Close()
		return nil, err
	}
	return &Foreground{
		Terminal: e.handover.terminal(),
		init:     e.init,
		pidfd:    fd,
		atEnd:    func() error { return nil },
		release:  e.close,
	}, nil
}

func (e *execution) untilReleased() error {
	if e.layout.asksCgroup {
		if err := e.attach(); err != nil {
			return err
		}
	}
	if e.layout.forks {
		if err := e.awaitFork(); err != nil {
			return err
		}
	}
	if err := e.awaitAnswering(); err != nil {
		return err
	}
	e.store.debugf("the process is in the container")
	if err := e.bringListener(); err != nil {
		return err
	}
	if err := e.grant(); err != nil {
		return err
	}
	if err := e.joinRdt(e.init.pid); err != nil {
		return err
	}
	if err := e.sendPidfd(); err != nil {
		return err
	}
	return e.acknowledge()
}

// abort ends what was started.
func (e *execution) abort() {
	if e.init != nil {
		e.init.kill()
	}
	e.close()
}

// close gives up the connections to the process.
func (e *execution) close() {
	if e.init != nil {
		e.init.close()
	}
	e.handover.close()
}
