// Package creator is the creator's side of a program that starts a process in a
// container. It starts the image, does what the plan says that the init process
// will ask for, and releases the init process.
//
// It does not trust the init process, because a process of the container may
// have taken it over. So each message must be the next one of the plan and have
// the right form, and a pid must be that of a child.
package creator

import (
	"context"
	"fmt"
	"math"
	"os"
	"sync"

	"github.com/oci-rt/rt/internal/linux"
	"github.com/oci-rt/rt/libcontainer/compile"
	"github.com/oci-rt/rt/libcontainer/image"
	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/libcontainer/trace"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// Launch says what to start.
type Launch struct {
	Plan *compile.Plan
	// Process is what the program executes in the end.
	Process *specs.Process
	// Inputs are the descriptors that the program asks for, except the
	// connection to the creator. The caller may close them afterwards.
	Inputs map[program.Input]*os.File
	Stdio  [3]*os.File
	// Cgroup is the directory of the cgroup of the unified hierarchy that the
	// process starts in, or nil: see [image.Launch].
	Cgroup *os.File
	// Root is the container's root directory, which stays the caller's, or nil
	// if it is the process's root directory.
	Root *os.File
	// ExplainKill adds what is known about an end by SIGKILL, such as a lack of
	// memory, to the text that says how the process ended.
	ExplainKill func(how string) string
	// Look finds out more about a step that has failed, and may be nil.
	Look func(*StepError)
	// Debug is told what the init was waited for, and what was done for it. It may be
	// nil.
	Debug func(format string, args ...any)
	// Trace takes down the times of the program's steps. If it is nil, the program is
	// not timed.
	Trace *trace.Recorder
}

// Session is an init process that was started, and the connection to it.
type Session struct {
	Launch
	proc    *image.Process
	conn    *os.File
	root    *os.File // the root directory that the init has sent, or nil
	home    string   // "HOME=...", for the acknowledgement
	closing sync.Once
	// mu is held to change what follows, and to signal the process by its pid.
	mu  sync.Mutex
	pid int
	// ended says that the process was reaped, and status how it ended.
	ended  bool
	status unix.WaitStatus
	// held are messages that came before the one that was waited for.
	held []message
	// helped counts the requests for help.
	helped int
}

// Start starts the plan's program. The error may be [image.ErrCgroupClone].
func Start(l Launch) (*Session, error) {
	ours, theirs, err := connection()
	if err != nil {
		return nil, err
	}
	defer theirs.Close()
	inputs := map[program.Input]*os.File{compile.InputSync: theirs}
	for name, f := range l.Inputs {
		inputs[name] = f
	}
	timed, err := l.timed()
	if err != nil {
		ours.Close()
		return nil, err
	}
	start := image.Launch{
		Program:    timed,
		Inputs:     inputs,
		Stdio:      l.Stdio,
		Cloneflags: l.Plan.Cloneflags,
		Cgroup:     l.Cgroup,
		Readable:   l.Plan.Dumpable,
		Trace:      l.Trace,
	}
	proc, err := start.Start()
	if err != nil {
		ours.Close()
		return nil, fmt.Errorf("start the init process: %w", err)
	}
	return &Session{Launch: l, pid: proc.Pid, proc: proc, conn: ours}, nil
}

// timed returns the program to run: with a trace it takes the times of its steps.
func (l *Launch) timed() (*program.Program, error) {
	if l.Trace == nil {
		return l.Plan.Program, nil
	}
	p, err := program.Timed(l.Plan.Program)
	l.Trace.Did("prepared the program to be timed")
	return p, err
}

// TraceSteps has the trace take down the steps that the init has made. The first
// call counts.
func (s *Session) TraceSteps() {
	if s.Trace != nil {
		s.Trace.Steps(s.Plan.Program, s.pid, s.proc.Times(), s.Plan.Waits())
	}
}

// Adopt returns the session of a child that no program of rt has made: there is
// no connection to it.
func Adopt(pid int) *Session {
	return &Session{Launch: Launch{Plan: &compile.Plan{}}, pid: pid, proc: &image.Process{}}
}

// connection returns the two ends of the socket that creator and init talk over.
// Each message is one packet.
func connection() (ours, theirs *os.File, err error) {
	ours, theirs, err = linux.Socketpair("sync", "sync of the init")
	if err != nil {
		return nil, nil, fmt.Errorf("sync socket: %w", err)
	}
	return ours, theirs, nil
}

// Pid returns the pid of the process. When the init has forked, that is its
// child's.
func (s *Session) Pid() int { return s.pid }

// Image identifies the image that the process executes.
func (s *Session) Image() image.Identity { return s.proc.Image }

// Pidfd opens the process. It has not been reaped, so its pid is its own.
func (s *Session) Pidfd() (*os.File, error) { return linux.OpenChild(s.pid) }

// Close gives up the connection. It leaves the process alone. A second call
// does nothing.
func (s *Session) Close() {
	s.closing.Do(func() {
		for _, m := range s.held {
			m.close()
		}
		s.held = nil
		// A nil file may be closed.
		s.root.Close()
		s.conn.Close()
		s.proc.Close()
	})
}

// Forget releases everything but the process, which executes its own program
// now.
func (s *Session) Forget() {
	s.Launch = Launch{Plan: &compile.Plan{}}
	s.Close()
}

// Reap lets the caller reap the process with try, which does not wait and
// reports whether it has reaped it. Meanwhile and afterwards no signal is sent
// to the pid. If the session has reaped the process, because it had to end,
// Reap returns how it ended.
func (s *Session) Reap(try func() bool) (status unix.WaitStatus, before bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return s.status, true
	}
	s.ended = try()
	return 0, false
}

// Reaped reports whether the process was reaped, so that its pid is no longer
// its own.
func (s *Session) Reaped() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ended
}

// EndWith calls do, and ends the process if ctx ends before do has returned: if
// do waits for the process, it then sees its end. The end of ctx is an error
// even if do has succeeded.
func (s *Session) EndWith(ctx context.Context, do func() error) error {
	return EndWith(ctx, s.endNow, do)
}

// EndWith calls do, and calls kill if ctx ends before do has returned.
func EndWith(ctx context.Context, kill func(), do func() error) error {
	if ctx.Done() == nil {
		return do()
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	killed := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		kill()
		close(killed)
	})
	err := do()
	if stop() {
		return err
	}
	<-killed // not later, when it would be unexpected
	if err == nil {
		err = context.Cause(ctx)
	}
	return err
}

// endNow sends SIGKILL to the process, if it was not reaped. If that is refused, as a
// security module may do to rt, it hangs up: without its creator the init ends by itself,
// and who waits for its end does not wait for ever.
func (s *Session) endNow() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return
	}
	if err := unix.Kill(s.pid, unix.SIGKILL); err != nil && err != unix.ESRCH {
		s.conn.Close()
	}
}

// Kill ends the process and reaps it. If it has forked and died before it told
// the pid of the child that it goes on in, Kill also ends that child: a child
// in the container's pid namespace that nobody reaps would keep the container's
// first process from ending (pid_namespaces(7)). The init can write any pid to
// the page that holds it, so it must be that of a child.
func (s *Session) Kill() {
	s.killOne()
	if child := s.proc.Sibling(); child != s.pid && isChild(child) {
		s.setPid(child)
		s.killOne()
	}
}

func (s *Session) killOne() {
	s.endNow()
	s.reap()
}

func (s *Session) setPid(pid int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pid, s.ended = pid, false
}

// reap waits for the end of the process, which is a child of this one.
func (s *Session) reap() unix.WaitStatus {
	if s.ended {
		return s.status
	}
	// Its pid is its own until it is reaped. endNow must not come after
	// that.
	_ = linux.RetryEINTR(func() error {
		return unix.Waitid(unix.P_PID, s.pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status, _ = linux.Reap(s.pid)
	s.ended = true
	return s.status
}

// goOnIn makes the child whose pid the init has told the init of the session.
//
// That pid is used to signal the child, to save it in the state, and to give it
// rights. So it must be the pid of a child of this process, which keeps it
// until this process has reaped it. Otherwise a forged message could name any
// process of the host, and with -1 all.
func (s *Session) goOnIn(pid uint32) error {
	if pid > math.MaxInt32 || int(pid) == s.pid || !isChild(int(pid)) {
		return fmt.Errorf("the init process said that it continues as process %d, which is not its child", pid)
	}
	s.setPid(int(pid))
	return nil
}

// isChild reports whether a process is a child of this one, running or not yet
// reaped.
func isChild(pid int) bool {
	return pid > 0 && linux.RetryEINTR(func() error {
		return unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT, nil)
	}) == nil
}
