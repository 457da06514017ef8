package libcontainer

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/oci-rt/rt/internal/plainjson"
	"github.com/oci-rt/rt/libcontainer/compile"
	"github.com/oci-rt/rt/libcontainer/creator"
	"github.com/oci-rt/rt/libcontainer/seccomp"
	"github.com/oci-rt/rt/libcontainer/state"
	"github.com/oci-rt/rt/libcontainer/terminal"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// processStart is what the start of a container's first process and that of
// another one have in common.
type processStart struct {
	*Container
	ctx      context.Context // ends every wait
	plan     *compile.Plan
	session  *creator.Session // with the init, or nil before there is one
	handover handover         // what is passed on to an engine
}

// warn passes the plan's warnings to tell, unless tell is nil.
func (p *processStart) warn(tell func(error)) {
	for _, w := range p.plan.Warnings {
		if tell != nil {
			tell(errors.New(w))
		}
	}
}

// takeTerminal takes the terminal that the init has made, and passes it on to the
// engine that wants it.
func (p *processStart) takeTerminal(f *os.File) error {
	if p.handover.tty != nil || !terminal.IsMaster(f) {
		f.Close()
		return errors.New("process.terminal: the init process sent a descriptor that is not the terminal of its process")
	}
	p.handover.tty = f
	defer p.handover.console.Close()
	return sent("Sockets.Console", p.handover.console.Send("/dev/ptmx", f))
}

// passListener sends the agent of the container's seccomp filter the descriptor on
// which it listens. s is the configuration that has the filter, and container the
// state of the container.
func (p *processStart) passListener(listener *os.File, s *specs.Spec, container specs.State) error {
	defer listener.Close()
	message := plainjson.Append(nil, specs.ContainerProcessState{
		Version:  specs.Version,
		Fds:      []string{specs.SeccompFdName},
		Pid:      p.session.Pid(),
		Metadata: s.Linux.Seccomp.ListenerMetadata,
		State:    container,
	})
	path, agent := spec.SeccompAgent(s)
	if err := seccomp.Send(p.ctx, agent, message, listener); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// sendPidfd sends the pidfd of the process to the engine that wants it.
func (p *processStart) sendPidfd() error {
	if p.handover.pidfd == nil {
		return nil
	}
	fd, err := p.session.Pidfd()
	if err != nil {
		return err
	}
	defer fd.Close()
	defer p.handover.pidfd.Close()
	return sent("Sockets.Pidfd", p.handover.pidfd.Send("pidfd", fd))
}

// sent returns the error of a descriptor that was sent to the socket of an option.
func sent(option string, err error) error {
	if err == nil {
		return nil
	}
	return &OptionError{Option: option, Err: err}
}

// dial connects to the sockets of an engine.
func (p *processStart) dial(paths Sockets) error {
	err := p.handover.dial(p.ctx, paths)
	if err == nil && paths != (Sockets{}) {
		p.store.debugf("connected to the sockets for descriptors")
	}
	return err
}

// writePidFile writes the pid file of the process, if there is to be one.
func (p *processStart) writePidFile(path string) error {
	if path == "" {
		return nil
	}
	err := writePidFile(path, p.session.Pid())
	if err == nil {
		p.store.debugf("wrote the pid file %s", path)
	}
	return err
}

// executed logs that the program has taken the place of the init.
func (p *processStart) executed() {
	p.store.debugf("the process %d has executed its program", p.session.Pid())
}

// acknowledge lets the ready init go on.
func (p *processStart) acknowledge() error {
	err := p.session.Acknowledge()
	if err == nil {
		p.store.debugf("let the process %d go on", p.session.Pid())
	}
	return err
}

// kill ends the process, if it was started.
func (p *processStart) kill() {
	if p.session != nil {
		p.session.TraceSteps()
		p.session.Kill()
	}
}

// forget drops what only the start needs.
func (p *processStart) forget() {
	plan := p.plan
	p.plan, p.ctx = nil, context.Background()
	p.session.Forget()
	if plan != nil { // a restored container has none
		plan.Program.Release()
	}
}

// close gives up the connections to the process and to an engine.
func (p *processStart) close() {
	if p.session != nil {
		p.session.Close()
	}
	p.handover.close()
}

// explainKill adds to the end of an init by SIGKILL that there was a lack of
// memory. In a container that already ran, that may have hit another process.
func (c *Container) explainKill(how string) string {
	switch oom := c.state.Cgroup.OOM(); {
	case oom == "":
		return how
	case c.state.Phase == state.Creating:
		return oom
	default:
		return how + " (a process of the container " + oom + ")"
	}
}
