package libcontainer

import (
	"errors"
	"fmt"
	"os"

	"github.com/oci-rt/rt/libcontainer/cgroup"
	"github.com/oci-rt/rt/libcontainer/image"
	"github.com/oci-rt/rt/libcontainer/program"
)

func (e *execution) compile() (err error) {
	compile := CompileExec
	if e.outside {
		compile = CompileHook
	}
	e.prog, e.layout, err = compile(e.spec, Host{Cgroup: e.group, Facts: gatherFacts()}, e.target.Target,
		Options{
			JoinCgroup: e.joinsCgroup, Keyring: e.state.Keyring, AwaitCgroup: e.asksCgroup, Files: len(e.cfg.Files), Hook: e.hook,
			ShowsTerminal: e.cfg.Sockets.Console == "",
		})
	if e.cfg.tamper != nil && err == nil {
		e.cfg.tamper(e.prog)
	}
	return err
}

// launch starts the program's image.
func (e *execution) launch() error {
	// On the unified hierarchy a process is born in its cgroup, where the
	// initial affinity would come too late.
	a := e.process.ExecCPUAffinity
	e.joinsElsewhere(a != nil && a.Initial != "")
	if err := e.compile(); err != nil {
		return err
	}
	e.warn(e.cfg.Warn)
	ours, theirs, err := socketpair()
	if err != nil {
		return err
	}
	defer theirs.Close()
	inputs := map[program.Input]*os.File{
		inputSync: theirs, inputContainer: e.target.pidfd, inputRoot: e.target.root, inputCwd: e.target.cwd,
		inputUser: e.target.user,
	}
	addFiles(inputs, e.cfg.Files)
	proc, err := e.startImage(inputs)
	for _, f := range e.cfg.Files {
		f.Close()
	}
	if err != nil {
		ours.Close()
		return fmt.Errorf("start the init process: %w", err)
	}
	e.init = &launched{pid: proc.Pid, image: proc.Image, proc: proc, sync: ours}
	e.store.debugf("started the process %d, which runs a program of %d steps", proc.Pid, len(e.prog.Steps))
	return nil
}

// startImage starts the program in its cgroup of the unified hierarchy. If the
// kernel refuses that, the cgroup may have given its place for processes to
// those below it: then it starts next to the container's first process, unless
// the cgroup was asked for. If that is refused too, it goes there by itself.
func (e *execution) startImage(inputs map[program.Input]*os.File) (*image.Process, error) {
	for near := false; !e.joinsCgroup && !e.asksCgroup; near = true {
		proc, err := e.startIn(e.group, inputs)
		if !errors.Is(err, image.ErrCgroupClone) {
			return proc, err
		}
		if near || len(e.cfg.Cgroups) > 0 {
			break
		}
		if e.group, err = e.group.Near(e.state.Init.Pid); err != nil {
			return nil, err
		}
	}
	e.joinsElsewhere(true)
	if err := e.compile(); err != nil {
		return nil, err
	}
	return e.startIn(&cgroup.Config{}, inputs)
}

// joinsElsewhere says that the process is not born in its cgroup.
func (e *execution) joinsElsewhere(so bool) {
	e.joinsCgroup, e.asksCgroup = so && !e.asksSystemd(), so && e.asksSystemd()
}

// startIn starts the program in group of the unified hierarchy, if it has one.
func (e *execution) startIn(group *cgroup.Config, inputs map[program.Input]*os.File) (*image.Process, error) {
	dir, err := group.Dir()
	if err != nil {
		return nil, err
	}
	if dir != nil {
		defer dir.Close()
	}
	l := &image.Launch{
		Program: e.prog,
		Inputs:  inputs,
		Stdio:   e.cfg.Stdio,
		Cgroup:  dir,
	}
	return l.Start()
}
