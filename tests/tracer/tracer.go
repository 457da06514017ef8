//go:build amd64 || arm64

// Package tracer runs a program and stops each of its threads at every system call
// (ptrace(2)), so that a test can make any one of them fail, or kill the program behind
// it. Children of the program are not traced: they live on, or die, as they would.
package tracer

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Call is a system call of the traced program.
type Call struct {
	Nr   int
	Args [6]uint64
	// Pid is that of the program, for a look at what descriptors refer to. The thread
	// that makes the call is stopped.
	Pid int
}

// Verdict says what becomes of a call.
type Verdict struct {
	Fail unix.Errno // is the call's result (Handler.Enter), and the kernel does nothing
	Done bool       // with Fail: the kernel does it all the same, as close(2) does
	Kill bool       // the program gets SIGKILL, with all its threads
}

// Handler is asked about each system call. Either function may be nil.
type Handler struct {
	Enter func(Call) Verdict
	Leave func(Call) Verdict // is not asked about the calls that Enter makes fail
}

// ErrHangs: the program did not end in time. It has been killed.
var ErrHangs = errors.New("the program does not end")

// Run runs the command, which must not have been started, and returns how it ended. The
// program leads a process group, by which its threads are told from other children of
// this process. If this process ends, so does the program.
func Run(cmd *exec.Cmd, limit time.Duration, h Handler) (unix.WaitStatus, error) {
	runtime.LockOSThread() // only the thread that has started the program may trace it
	defer runtime.UnlockOSThread()
	cmd.SysProcAttr = &syscall.SysProcAttr{Ptrace: true, Setpgid: true}
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	t := &trace{pid: cmd.Process.Pid, handler: h, inside: map[int]entered{}, seen: map[int]bool{}}
	defer func() { _ = cmd.Process.Release() }()
	late := make(chan os.Signal, 1)
	timer := time.AfterFunc(limit, func() {
		late <- unix.SIGKILL
		_ = unix.Kill(t.pid, unix.SIGKILL)
	})
	status, err := t.run()
	if !timer.Stop() && len(late) > 0 && err == nil {
		err = ErrHangs
	}
	return status, err
}

// trace is the tracing of one program.
type trace struct {
	pid     int
	handler Handler
	inside  map[int]entered // the call of each thread that is in one
	seen    map[int]bool
}

// entered is a call that a thread is in, and the result that it gets or 0.
type entered struct {
	Call
	fail unix.Errno
}

// options: stops at system calls can be told from others, new threads are traced too
// (and no children: they are made with a signal for their end, or with CLONE_VFORK), and
// the program ends with its tracer.
const options = unix.PTRACE_O_TRACESYSGOOD | unix.PTRACE_O_TRACECLONE | unix.PTRACE_O_EXITKILL

// run follows the program to its end.
func (t *trace) run() (unix.WaitStatus, error) {
	status, err := t.wait(t.pid)
	if err != nil || !status.Stopped() {
		return status, err // it has ended before its first step
	}
	if err := unix.PtraceSetOptions(t.pid, options); err != nil {
		return 0, fmt.Errorf("ptrace options: %w", err)
	}
	t.seen[t.pid] = true
	if err := t.resume(t.pid, 0); err != nil {
		return 0, err
	}
	for {
		var status unix.WaitStatus
		tid, err := wait4(-t.pid, &status)
		switch {
		case err != nil:
			return 0, fmt.Errorf("wait for a thread: %w", err)
		case status.Stopped():
			err = t.stopped(tid, status)
		case tid == t.pid:
			return status, nil // the last of its threads
		}
		if err != nil {
			return 0, err
		}
	}
}

func (t *trace) wait(pid int) (status unix.WaitStatus, err error) {
	_, err = wait4(pid, &status)
	return status, err
}

// wait4 waits for a stop or the end of a thread. __WALL: threads are no children with
// SIGCHLD.
func wait4(pid int, status *unix.WaitStatus) (tid int, err error) {
	for {
		if tid, err = unix.Wait4(pid, status, unix.WALL, nil); err != unix.EINTR {
			return tid, err
		}
	}
}

// stopped handles the stop of a thread, and lets it go on.
func (t *trace) stopped(tid int, status unix.WaitStatus) error {
	first := !t.seen[tid]
	t.seen[tid] = true
	switch sig := status.StopSignal(); {
	case sig == unix.SIGTRAP|0x80:
		return t.call(tid)
	case sig == unix.SIGTRAP && status.TrapCause() > 0:
		return t.resume(tid, 0) // a new thread
	case sig == unix.SIGSTOP && first:
		return t.resume(tid, 0) // of a new thread, because it is traced
	default:
		return t.resume(tid, int(sig))
	}
}

// call handles a stop at the entry or at the exit of a system call.
func (t *trace) call(tid int) error {
	info, err := syscallInfo(tid)
	if err != nil {
		return gone(err)
	}
	switch info.Op {
	case opEntry:
		return t.enter(tid, Call{Nr: int(info.Nr), Args: info.Args, Pid: t.pid})
	case opExit:
		return t.leave(tid)
	}
	return t.resume(tid, 0)
}

func (t *trace) enter(tid int, c Call) error {
	var v Verdict
	if t.handler.Enter != nil {
		v = t.handler.Enter(c)
	}
	if v.Kill {
		return t.kill()
	}
	if v.Fail != 0 && !v.Done {
		if err := skipCall(tid); err != nil {
			return gone(err)
		}
	}
	t.inside[tid] = entered{c, v.Fail}
	return t.resume(tid, 0)
}

func (t *trace) leave(tid int) error {
	c, ok := t.inside[tid]
	delete(t.inside, tid)
	if !ok {
		return t.resume(tid, 0) // a new thread leaves its clone
	}
	if c.fail != 0 {
		if err := setResult(tid, c.fail); err != nil {
			return gone(err)
		}
	} else if t.handler.Leave != nil && t.handler.Leave(c.Call).Kill {
		return t.kill()
	}
	return t.resume(tid, 0)
}

// kill ends the program, whose threads are then waited for.
func (t *trace) kill() error {
	if err := unix.Kill(t.pid, unix.SIGKILL); err != nil {
		return fmt.Errorf("kill the traced program: %w", err)
	}
	return nil
}

// resume lets a thread go on to its next system call, with a signal or 0.
func (t *trace) resume(tid, sig int) error {
	if err := unix.PtraceSyscall(tid, sig); err != nil {
		return gone(fmt.Errorf("ptrace thread %d: %w", tid, err))
	}
	return nil
}

// gone drops the error of a thread that another one, or a signal, has ended meanwhile.
func gone(err error) error {
	if errors.Is(err, unix.ESRCH) {
		return nil
	}
	return err
}
