package libcontainer

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/oci-rt/rt/libcontainer/cgroup"
	"github.com/oci-rt/rt/libcontainer/compile"
	"github.com/oci-rt/rt/libcontainer/creator"
	"github.com/oci-rt/rt/libcontainer/hook"
	"github.com/oci-rt/rt/libcontainer/image"
	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// newProcess is a process, other than the first one, that is being started in a
// container.
type newProcess struct {
	processStart
	cfg    ExecConfig
	spec   *specs.Spec // the container's configuration, with the process to execute
	target *target
	group  *cgroup.Config // the process's cgroups
	hook   *hook.Hook     // the hook that the process executes, or nil
	// outside says that the hook is the runtime's file: see [compile.Hook].
	outside bool
	// joinsCgroup says that the process enters its cgroup of the unified
	// hierarchy by itself.
	joinsCgroup bool
	// asksCgroup says that the process waits until systemd has moved it into its
	// cgroup.
	asksCgroup bool
}

func (c *Container) newProcess(ctx context.Context, cfg ExecConfig, s *specs.Spec, t *target) *newProcess {
	return &newProcess{processStart: processStart{Container: c, ctx: ctx}, cfg: cfg, spec: s, target: t, group: c.state.Cgroup}
}

// makeOrAbort is make, but leaves nothing if it fails.
func (p *newProcess) makeOrAbort() (*Process, error) {
	made, err := p.make()
	if err != nil {
		p.kill()
		p.close()
		return nil, cancelled(p.ctx, err)
	}
	return made, nil
}

// make makes the process. The order is that for a container, but there is nothing
// else to make:
//
//  1. compile the program and start its image;
//  2. do what it asks for until it is in the container;
//  3. give it what it cannot take itself.
func (p *newProcess) make() (*Process, error) {
	if err := p.dial(p.cfg.Sockets); err != nil {
		return nil, err
	}
	if err := p.launch(); err != nil {
		return nil, err
	}
	if err := p.session.EndWith(p.ctx, p.enter); err != nil {
		return nil, err
	}
	made, err := newStarted(&p.processStart, p.close, p.forget)
	if err != nil {
		return nil, err
	}
	made.start = p.start
	return made, nil
}

// forget drops what only the start needs: see newContainer.forget.
func (p *newProcess) forget() {
	p.processStart.forget()
	p.cfg, p.spec, p.target, p.hook = ExecConfig{}, nil, nil, nil
}

// enter does for the process what it cannot do itself, until it is in the container.
func (p *newProcess) enter() error {
	if p.cfg.meanwhile != nil {
		p.cfg.meanwhile()
	}
	if err := p.session.Serve(p.answer); err != nil {
		return err
	}
	p.store.debugf("the process is in the container")
	if err := p.session.SetLimits(); err != nil {
		return err
	}
	if err := p.joinRdt(p.session.Pid()); err != nil {
		return err
	}
	return p.sendPidfd()
}

// start lets the process go on, waits until its program has taken the init's place,
// and writes the pid file, which tells engines that the process really started.
func (p *newProcess) start(context.Context) error {
	if err := p.acknowledge(); err != nil {
		return err
	}
	if err := p.session.AwaitExec(); err != nil {
		return err
	}
	p.executed()
	return p.writePidFile(p.cfg.PidFile)
}

// answer does what the init asks for.
func (p *newProcess) answer(kind compile.AskKind, f *os.File) error {
	switch kind {
	case compile.EnterCgroup:
		return p.attach()
	case compile.Fork:
		return nil
	case compile.TakeTerminal:
		return p.takeTerminal(f)
	case compile.TakeListener:
		return p.bringListener(f)
	}
	return fmt.Errorf("the init process wants to %v, which is not known here", kind)
}

// bringListener is passListener for a running container.
func (p *newProcess) bringListener(listener *os.File) error {
	info, err := p.Info()
	if err != nil {
		listener.Close()
		return err
	}
	return p.passListener(listener, p.spec, info.State)
}

// asksSystemd reports whether systemd has to move a process into the container's
// cgroup. A user may not move it there from one of the user's sessions, because the
// common ancestor of both cgroups belongs to root (cgroups(7), "delegation
// containment").
func (p *newProcess) asksSystemd() bool {
	return p.group.Scope != nil && p.group.Scope.User
}

// attach makes systemd move the process into its cgroup.
func (p *newProcess) attach() error {
	if err := p.group.Attach(p.ctx, p.session.Pid()); err != nil {
		return fmt.Errorf("linux.cgroupsPath: %w", err)
	}
	return nil
}

func (p *newProcess) compile() (err error) {
	compileFor := compile.Exec
	if p.outside {
		compileFor = compile.Hook
	}
	host := compile.Host{Cgroup: p.group, Facts: gatherFacts()}
	p.plan, err = compileFor(p.spec, host, p.target.Target, compile.Options{
		JoinCgroup: p.joinsCgroup, Keyring: p.state.Keyring, AwaitCgroup: p.asksCgroup, Files: len(p.cfg.Files), Hook: p.hook,
		ShowsTerminal: p.cfg.ShowsTerminal,
	})
	if p.cfg.tamper != nil && err == nil {
		p.cfg.tamper(p.plan.Program)
	}
	p.cfg.Trace.Did("compiled the program")
	return err
}

// launch starts the program's image.
func (p *newProcess) launch() (err error) {
	// On the unified hierarchy a process is started in its cgroup. The initial
	// affinity would then come too late.
	a := p.spec.Process.ExecCPUAffinity
	p.joinsElsewhere(a != nil && a.Initial != "")
	if err := p.compile(); err != nil {
		return err
	}
	p.warn(p.cfg.Warn)
	inputs := map[program.Input]*os.File{
		compile.InputContainer: p.target.pidfd, compile.InputRoot: p.target.root, compile.InputCwd: p.target.cwd,
		compile.InputUser: p.target.user,
	}
	if p.session, err = p.startImage(withFiles(inputs, p.cfg.Files)); err != nil {
		return err
	}
	p.store.debugf("started the process %d, which runs a program of %d steps", p.session.Pid(), len(p.plan.Program.Steps))
	return nil
}

// startImage starts the program in its cgroup of the unified hierarchy. The kernel
// may refuse that because only cgroups below it may have processes. Then the program
// starts next to the container's first process, unless the cgroup was asked for. If
// that is refused too, it goes there by itself.
func (p *newProcess) startImage(inputs map[program.Input]*os.File) (*creator.Session, error) {
	for near := false; !p.joinsCgroup && !p.asksCgroup; near = true {
		s, err := p.startIn(p.group, inputs)
		if !errors.Is(err, image.ErrCgroupClone) {
			return s, err
		}
		if near || len(p.cfg.Cgroups) > 0 {
			break
		}
		if p.group, err = p.group.OfProcess(p.state.Init.Pid); err != nil {
			return nil, err
		}
	}
	p.joinsElsewhere(true)
	if err := p.compile(); err != nil {
		return nil, err
	}
	return p.startIn(&cgroup.Config{}, inputs)
}

// look is Container.look, with the container's files as they are now if it has been
// opened.
func (p *newProcess) look(e *creator.StepError) {
	if p.target.root != nil {
		creator.LookAtProgram(e, p.target.root)
		return
	}
	p.Container.look(e)
}

// joinsElsewhere says that the process is not started in its cgroup.
func (p *newProcess) joinsElsewhere(so bool) {
	p.joinsCgroup, p.asksCgroup = so && !p.asksSystemd(), so && p.asksSystemd()
}

// startIn starts the program in group of the unified hierarchy, if it has one.
func (p *newProcess) startIn(group *cgroup.Config, inputs map[program.Input]*os.File) (*creator.Session, error) {
	dir, err := group.Dir()
	if err != nil {
		return nil, err
	}
	if dir != nil {
		defer dir.Close()
	}
	return creator.Start(creator.Launch{
		Plan:        p.plan,
		Process:     p.spec.Process,
		Inputs:      inputs,
		Stdio:       p.cfg.Stdio,
		Cgroup:      dir,
		Root:        p.target.root,
		ExplainKill: p.explainKill,
		Look:        p.look,
		Debug:       p.store.Debug,
		Trace:       p.cfg.Trace,
	})
}
