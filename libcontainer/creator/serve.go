package creator

import (
	"errors"
	"fmt"
	"os"

	"github.com/oci-rt/rt/internal/linux"
	"github.com/oci-rt/rt/libcontainer/compile"
	"github.com/oci-rt/rt/libcontainer/helper"
	"github.com/oci-rt/rt/libcontainer/program"
	"golang.org/x/sys/unix"
)

// Answer does what the init asks for. With [compile.TakeTerminal],
// [compile.TakeListener] and [compile.TakeRecording] it gets a descriptor, which it
// must close.
type Answer func(kind compile.AskKind, f *os.File) error

// Serve does for the init what it asks for, in the order of the plan, until it
// is ready. It handles requests for help (see package helper) and the root
// directory itself. answer does the rest, while the init waits. After a
// [compile.Fork] the session is that of the child.
func (s *Session) Serve(answer Answer) error {
	for _, ask := range s.Plan.Asks {
		if err := s.serve(ask, answer); err != nil {
			return err
		}
	}
	return nil
}

func (s *Session) serve(ask compile.Ask, answer Answer) error {
	await := s.await
	if ask.Kind == compile.Fork {
		await = s.awaitFork
	}
	f, err := await(ask)
	if err != nil {
		return err
	}
	s.Trace.Waits()
	s.debugf("the init process has come to step %d, to %v", ask.Step, ask.Kind)
	if ask.Kind == compile.Ready {
		s.ready()
		return nil
	}
	if ask.Kind == compile.TakeListener {
		if f, err = s.awaitListener(); err != nil {
			return err
		}
	}
	if err := answer(ask.Kind, f); err != nil || !ask.Kind.Waits() {
		return err
	}
	s.debugf("did that for it")
	return s.send([]byte{0})
}

func (s *Session) debugf(format string, args ...any) {
	if s.Debug != nil {
		s.Debug(format, args...)
	}
}

// maxHelped is how often an init may ask for help. Each request of a
// configuration that can be met is met at once. More requests come from a
// rootfs that somebody keeps changing.
const maxHelped = 10000

// await waits until the init asks, and returns the descriptor that comes along
// for Answer. Meanwhile it helps.
func (s *Session) await(ask compile.Ask) (*os.File, error) {
	for s.helped <= maxHelped {
		m, err := s.receive()
		switch {
		case err != nil || m.Errno != 0:
			return nil, s.failed(m.reportOnly(), err)
		case s.isRequest(m):
			if err := s.help(m); err != nil {
				return nil, err
			}
			step := s.Plan.Requests[m.value].Step
			s.debugf("helped the init process at step %d: %v", step, s.Plan.Program.Origin(step))
		default:
			return s.take(ask, m)
		}
	}
	return nil, fmt.Errorf("the init process has asked for help %d times", s.helped)
}

// take takes what comes with the message that ask is about.
func (s *Session) take(ask compile.Ask, m message) (*os.File, error) {
	want := 0
	if ask.Root || ask.Kind == compile.TakeTerminal || ask.Kind == compile.TakeRecording {
		want = 1
	}
	if int(m.Step) != ask.Step || m.hasValue || len(m.files) != want {
		m.close()
		return nil, fmt.Errorf("the init process was to %s at step %d, with %d descriptors, and is at step %d, with %d",
			ask.Kind, ask.Step, want, m.Step, len(m.files))
	}
	switch {
	case ask.Root:
		s.root = m.files[0]
		return nil, nil
	case want > 0:
		return m.files[0], nil
	}
	return nil, nil
}

// receive waits for the next message.
func (s *Session) receive() (message, error) {
	if len(s.held) > 0 {
		m := s.held[0]
		s.held = s.held[1:]
		return m, nil
	}
	return receive(s.conn, 0)
}

// awaitFork waits for the pid of the child that the init goes on in. The child
// is the container's first process and, by CLONE_PARENT, a child of this
// process too.
//
// The child may be faster. Then its messages come before its pid. Once the
// first process has ended, it has told the pid or, if it was killed between the
// fork and that, never will. The child still keeps the connection open then.
func (s *Session) awaitFork(ask compile.Ask) (*os.File, error) {
	flags := 0
	for {
		m, err := receive(s.conn, flags)
		switch {
		case err == nil && int(m.Step) == ask.Step && m.hasValue && len(m.files) == 0:
			s.reap()
			return nil, s.goOnIn(m.value)
		case err == nil && len(s.held) == maxHeld:
			m.close()
			return nil, fmt.Errorf("the init process has sent %d messages before its pid", maxHeld)
		case err == nil:
			s.held = append(s.held, m)
			s.reap()
			flags = unix.MSG_DONTWAIT
		default:
			return nil, s.forkFailed(err)
		}
	}
}

// maxHeld is how many messages of the child may come before its pid. The child
// waits for an answer to nearly each of them.
const maxHeld = 16

// forkFailed explains why there is no pid. err is what came instead of it.
func (s *Session) forkFailed(err error) error {
	if len(s.held) == 0 {
		return s.failed(program.Report{}, err)
	}
	// The first process did not come to the fork, or could not tell the pid
	// after the child had reported.
	for _, m := range s.held {
		if m.Errno != 0 {
			return s.failed(m.Report, nil)
		}
	}
	return s.failed(program.Report{}, ErrSilent)
}

// ready finds out what only the finished root file system can tell: the HOME
// variable.
func (s *Session) ready() {
	if s.Plan.WantsHome {
		s.home = s.homeVariable()
	}
}

// Acknowledge tells the ready init to go on. The message carries the HOME variable,
// if that is wanted.
func (s *Session) Acknowledge() error { return s.send(append([]byte(s.home), 0)) }

// send sends a message to the init, which waits for it.
func (s *Session) send(message []byte) error {
	err := linux.RetryEINTR(func() error {
		_, err := unix.Write(int(s.conn.Fd()), message)
		return err
	})
	if err == unix.EPIPE || err == unix.ECONNRESET {
		return s.saidWhy()
	}
	if err != nil {
		return fmt.Errorf("release the init process: %w", err)
	}
	return nil
}

// saidWhy explains why an init does not listen any more. It may have reported
// the reason.
func (s *Session) saidWhy() error {
	m, err := s.receive()
	return s.failed(m.reportOnly(), err)
}

// AwaitExec waits until the init, which was acknowledged, has executed the
// program of its process.
func (s *Session) AwaitExec() error {
	if r, err := AwaitExec(s.conn); err != nil || r.Errno != 0 {
		return s.failed(r, err)
	}
	if s.proc.Progress() == lastResort {
		return s.exitError(s.reap(), lastResort)
	}
	s.Trace.Waits()
	s.TraceSteps()
	return nil
}

// AwaitExec reads the reports of an init that is about to execute the
// container's program: first that it has come to that step, then nothing more
// once the program has taken its place. It returns the report of a failure, or
// one without errno.
func AwaitExec(conn *os.File) (program.Report, error) {
	r, err := receiveReport(conn)
	if err != nil || r.Errno != 0 {
		return r, err
	}
	last, err := receiveReport(conn)
	if errors.Is(err, ErrSilent) {
		return r, nil
	}
	return last, err
}

// ErrSilent says that the init has closed the connection.
var ErrSilent = helper.ErrSilent
