package task

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/containerd/errdefs"
	"github.com/oci-rt/rt/libcontainer"
	"github.com/oci-rt/rt/shim/stdio"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// drainLimit bounds the wait for a process's output when the process has ended: a
// process that it left behind may hold it open for ever.
const drainLimit = 10 * time.Second

// settlePatience is how long nobody need read on for the output to be taken for
// unwanted, before the end is told.
const settlePatience = 100 * time.Millisecond

// phase is how far a process has come.
type phase int

const (
	added   phase = iota // another process that was not made yet
	created              // waits for its start
	running
	stopped
	deleted
)

func (p phase) String() string {
	return [...]string{"not started", "created", "running", "stopped", "deleted"}[p]
}

// Exit is how a process ended.
type Exit struct {
	Pid    int
	Status int
	At     time.Time
}

// statusFailed is the exit status of a process that could not be started, as
// containerd itself has it for those of which nothing is known.
const statusFailed = 255

// process is the first process of a container, or another one.
type process struct {
	execID string // "" for the first one
	names  stdio.Names
	// program is what another process is to execute.
	program *specs.Process

	// starting is held while the process is being started, until that was told: an
	// end that comes meanwhile is told behind it.
	starting sync.Mutex

	mu      sync.Mutex
	phase   phase
	lib     *libcontainer.Process // nil before it was made
	streams *stdio.Streams
	closed  bool // stdin, as soon as there is one
	exit    Exit
	ended   chan struct{} // closed when the exit is known
}

func newProcess(execID string, names stdio.Names) *process {
	return &process{execID: execID, names: names, ended: make(chan struct{})}
}

func (p *process) pid() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.exit.Pid
}

func (p *process) state() (phase, Exit) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.phase, p.exit
}

// advance changes the phase, unless the process has gone further already.
func (p *process) advance(to phase) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.phase = max(p.phase, to)
}

// opened takes the streams, which the engine may work on before there is a process:
// one with little to say has said it, and closed it, as soon as somebody reads.
func (p *process) opened(streams *stdio.Streams) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.streams = streams
	if p.closed {
		streams.CloseStdin()
	}
}

// closeStdin ends the process's input, at once or when there is one.
func (p *process) closeStdin() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	if p.streams != nil {
		p.streams.CloseStdin()
	}
}

// made takes the process that was made.
func (p *process) made(lib *libcontainer.Process) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lib = lib
	p.phase = created
	p.exit.Pid = lib.Pid()
}

// connect passes on what the process writes, and what it is to read. Its files are
// not needed here any more.
func connect(ctx context.Context, lib *libcontainer.Process, streams *stdio.Streams) error {
	streams.Passed()
	if lib.Terminal == nil {
		return nil
	}
	terminal := lib.Terminal
	lib.Terminal = nil
	return streams.Attach(ctx, terminal)
}

// end says that the process has ended.
func (p *process) end(e Exit) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.phase >= stopped {
		return
	}
	p.phase, p.exit = stopped, e
	close(p.ended)
}

// fail says that the process could not be started.
func (p *process) fail() {
	p.end(Exit{Pid: p.pid(), Status: statusFailed, At: time.Now()})
}

// wait waits for the end.
func (p *process) wait(ctx context.Context) (Exit, error) {
	select {
	case <-p.ended:
		_, e := p.state()
		return e, nil
	case <-ctx.Done():
		return Exit{}, ctx.Err()
	}
}

// signal sends a signal to the process alone.
func (p *process) signal(sig unix.Signal) error {
	p.mu.Lock()
	phase, lib := p.phase, p.lib
	p.mu.Unlock()
	switch {
	case phase >= stopped:
		return fmt.Errorf("process already finished: %w", errdefs.ErrNotFound)
	case lib == nil:
		return fmt.Errorf("process %s is not started: %w", p.execID, errdefs.ErrFailedPrecondition)
	}
	return lib.Signal(sig)
}

// settle waits until the output of a process that has ended was read.
func (p *process) settle() {
	p.mu.Lock()
	s := p.streams
	p.mu.Unlock()
	if s != nil {
		s.Settle(settlePatience)
	}
}

// release gives up what is held for a process that has ended: when its output was
// passed on, or not for lack of an end.
func (p *process) release() error {
	p.mu.Lock()
	lib, streams := p.lib, p.streams
	p.lib, p.streams = nil, nil
	p.mu.Unlock()
	var err error
	if streams != nil {
		err = streams.Drain(drainLimit)
		streams.Close()
	}
	if lib != nil {
		lib.Close()
	}
	return err
}

// resize tells the process's terminal, if it has one, how large its window is.
func (p *process) resize(width, height uint32) error {
	p.mu.Lock()
	s := p.streams
	p.mu.Unlock()
	if s == nil {
		return nil
	}
	return s.Resize(width, height)
}

// errEnds says that the container's first process has ended.
var errEnds = errors.New("the container's first process has ended")
