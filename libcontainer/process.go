package libcontainer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/oci-rt/rt/internal/linux"
	"github.com/oci-rt/rt/libcontainer/sdnotify"
	"github.com/oci-rt/rt/libcontainer/state"
	"golang.org/x/sys/unix"
)

// Process is a process in a container, the first one or another, that is a child of
// this process.
//
// [Store.Create] and [Container.Exec] return a process that waits for Start, and
// [Store.Run] and [Store.Restore] a running process. The caller should Wait for its
// end, and must Close it. Its methods may be called concurrently, except those that use
// Terminal: Resize and Close.
type Process struct {
	// Terminal is the other end of the process's terminal, or nil if there is none or
	// it was sent to a socket. A caller may take it and set this to nil. Otherwise
	// Close hangs it up.
	Terminal *os.File

	of      *processStart
	pidfd   *os.File
	proxy   *sdnotify.Proxy             // listens for the process's readiness, or nil
	others  bool                        // others can start it too
	remove  func(context.Context) error // of a container whose process has ended
	release func()                      // gives up what this process holds
	forget  func()                      // drops what was needed until it runs

	closing sync.Once
	mu      sync.Mutex                  // for what follows
	start   func(context.Context) error // lets it run, or nil if it was called
	exit    *Exit                       // when it was reaped
}

// Exit says how a process ended.
type Exit struct {
	Code   int         // its exit code, if Signal is 0
	Signal unix.Signal // the signal that ended it, or 0
	Rusage unix.Rusage // getrusage(2): the usage of the process and of the children that it waited for
	At     time.Time   // when its end was seen
}

// Status is what a shell would show: the exit code, or 128 and the number of the
// signal.
func (e Exit) Status() int {
	if e.Signal != 0 {
		return 128 + int(e.Signal)
	}
	return e.Code
}

// newStarted returns the process of a start when the process is ready. release gives up
// what it holds, and forget drops what only the start needs.
func newStarted(of *processStart, release, forget func()) (*Process, error) {
	fd, err := of.session.Pidfd()
	if err != nil {
		return nil, err
	}
	return &Process{Terminal: of.handover.terminal(), of: of, pidfd: fd, release: release, forget: forget}, nil
}

// Pid returns the pid of the process in the calling process's pid namespace. No other
// process can have it until Wait has returned.
func (p *Process) Pid() int { return p.of.session.Pid() }

// Start lets the process run. It returns when the kernel has accepted its program, or
// with the reason why it has not, such as [ErrProgramNotFound] or [ErrProgramDenied]:
// then the process has ended. If ctx ends before, the process ends too. A second Start
// is [ErrWrongState].
func (p *Process) Start(ctx context.Context) error {
	start := p.takeStart()
	if start == nil {
		return fmt.Errorf("%w: process %d was started already", ErrWrongState, p.Pid())
	}
	err := p.of.session.EndWith(ctx, func() error { return start(ctx) })
	if err == nil {
		p.forget()
		return nil
	}
	p.of.kill()
	return cancelled(ctx, err)
}

// takeStart returns what lets the process run, the first time.
func (p *Process) takeStart() func(context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	start := p.start
	p.start = nil
	return start
}

// started starts the process and returns it, or gives it up.
func (p *Process) started(ctx context.Context) (*Process, error) {
	if err := p.Start(ctx); err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

// cancelled adds to an error that ctx has ended, if it has.
func cancelled(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil && !errors.Is(err, ctx.Err()) {
		return fmt.Errorf("%w: %w", context.Cause(ctx), err)
	}
	return err
}

// Close gives up what this process holds of the process. If the process was started, it
// goes on. If not, it ends, unless others can start it. A second Close does nothing.
func (p *Process) Close() {
	p.closing.Do(func() {
		if p.Terminal != nil {
			p.Terminal.Close()
			p.Terminal = nil
		}
		if p.takeStart() != nil && !p.others {
			p.of.kill()
		}
		p.pidfd.Close()
		p.release()
	})
}

// Resize sets the size of the window of the process's terminal, in columns and rows, as
// long as the terminal is in p.Terminal.
func (p *Process) Resize(width, height uint16) error {
	if p.Terminal == nil {
		return fmt.Errorf("%w: process %d has no terminal, or it was passed on", ErrWrongState, p.Pid())
	}
	window := &unix.Winsize{Col: width, Row: height}
	err := linux.Control(p.Terminal, func(fd int) error { return unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, window) })
	if err != nil {
		return fmt.Errorf("resize the terminal of process %d: %w", p.Pid(), err)
	}
	return nil
}

// Signal sends sig to the process. It does nothing if the process has ended.
func (p *Process) Signal(sig unix.Signal) error {
	conn, err := p.pidfd.SyscallConn()
	if err != nil {
		return err
	}
	// Control fails when the file is closed, which is after the end.
	if conn.Control(func(fd uintptr) { err = unix.PidfdSendSignal(int(fd), sig, nil, 0) }) != nil || err == unix.ESRCH {
		return nil
	}
	return err
}

// Wait waits for the end of the process and reaps it, but no other child of the calling
// process. It needs no thread while it waits. If ctx ends before, Wait returns its
// error and can be called again. All calls of Wait, also later ones, return the same
// Exit.
func (p *Process) Wait(ctx context.Context) (Exit, error) {
	e, ended, err := p.reap()
	if err == nil && !ended {
		if err = p.awaitEnd(ctx); err == nil {
			e, err = p.awaitReap(ctx)
		}
	}
	if err != nil {
		return Exit{}, fmt.Errorf("wait for process %d: %w", p.Pid(), err)
	}
	return e, nil
}

// awaitReap reaps a process that has ended. As long as a tracer, such as CRIU or a
// debugger, has not waited for it, its parent cannot reap it (ptrace(2), "Death under
// ptrace"), and nothing tells when that is over.
func (p *Process) awaitReap(ctx context.Context) (Exit, error) {
	const longest = 100 * time.Millisecond
	for pause := time.Millisecond; ; pause = min(2*pause, longest) {
		e, ended, err := p.reap()
		if err != nil || ended {
			return e, err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return Exit{}, ctx.Err()
		}
	}
}

// awaitEnd waits for the end of the process in the Go runtime's poller.
func (p *Process) awaitEnd(ctx context.Context) error {
	fd, err := unix.PidfdOpen(p.Pid(), unix.PIDFD_NONBLOCK)
	if p.of.session.Reaped() { // by another Wait: the pid may be another process's
		if err == nil {
			unix.Close(fd)
		}
		return nil
	}
	if err != nil {
		return err
	}
	f := os.NewFile(uintptr(fd), "pidfd")
	defer f.Close()
	stop := context.AfterFunc(ctx, func() { _ = f.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	conn, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var ended bool
	var pollErr error
	err = conn.Read(func(fd uintptr) bool {
		ended, pollErr = state.HasEnded(int(fd))
		return ended || pollErr != nil
	})
	if ctx.Err() != nil && !ended {
		return ctx.Err()
	}
	return errors.Join(err, pollErr)
}

// reap reaps the process if it has ended.
func (p *Process) reap() (e Exit, ended bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.exit == nil {
		if err := p.tryReap(); err != nil || p.exit == nil {
			return Exit{}, false, err
		}
	}
	return *p.exit, true, nil
}

// tryReap sets the exit if the process has ended.
func (p *Process) tryReap() error {
	conn, err := p.pidfd.SyscallConn()
	if err != nil {
		return err
	}
	e := Exit{At: time.Now()}
	var ended bool
	controlErr := conn.Control(func(fd uintptr) {
		status, before := p.of.session.Reap(func() bool {
			var child linux.Child
			child, ended, err = linux.WaitChild(unix.P_PIDFD, int(fd), unix.WNOHANG, &e.Rusage)
			e.Code, e.Signal = child.Code, child.Signal
			return ended
		})
		if before { // it could not be started
			ended = true
			if status.Signaled() {
				e.Signal = status.Signal()
			} else {
				e.Code = status.ExitStatus()
			}
		}
	})
	if ended {
		p.exit = &e
	}
	return errors.Join(controlErr, err)
}

// Remove deletes the container of which this was the first process, after its end,
// unless somebody else has deleted it. For ctx see [Store.Delete].
func (p *Process) Remove(ctx context.Context) error {
	if p.remove == nil {
		return fmt.Errorf("%w: process %d is not the first one of its container", ErrWrongState, p.Pid())
	}
	return p.remove(ctx)
}
