package libcontainer

import (
	"errors"
	"fmt"
	"os"

	"github.com/oci-rt/rt/internal/linux"
	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// starter is the creator's side of a program that starts a process in a
// container, its first one or another.
type starter struct {
	*Container
	process *specs.Process // what the program executes in the end
	prog    *program.Program
	layout  layout
	init    *launched
	// root is the container's root directory, or nil if it is to be found by the
	// init.
	root *os.File
	// handover is what goes on to an engine.
	handover handover
}

// socketpair returns the two ends of the socket that creator and init talk
// over. Each message is one packet.
func socketpair() (ours, theirs *os.File, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("sync socket: %w", err)
	}
	return os.NewFile(uintptr(fds[0]), "sync"), os.NewFile(uintptr(fds[1]), "sync of the init"), nil
}

// warn tells of what the program cannot grant, if somebody wants to hear it.
func (s *starter) warn(tell func(error)) {
	for _, w := range s.layout.warnings {
		if tell != nil {
			tell(errors.New(w))
		}
	}
}

// await waits for the init's next report.
func (s *starter) await() error {
	if r, err := s.init.receive(); err != nil || r.Errno != 0 {
		return s.initFailed(r, err)
	}
	return nil
}

// awaitFork waits for the pid of the child that the init goes on in. The child
// is the container's first process and, by CLONE_PARENT, a child of this
// process too.
//
// The child may be faster: then what it has to say comes before its pid. When
// the first process has ended it has told the pid or, killed between the fork
// and that, never will, while the child still keeps the connection open.
func (s *starter) awaitFork() error {
	flags := 0
	for {
		m, err := receiveMessage(s.init.sync, flags)
		switch {
		case err == nil && m.hasValue && len(m.files) == 0:
			s.init.reap()
			return s.init.goOnIn(m.value)
		case err == nil && len(s.init.held) == maxHeld:
			m.reportOnly()
			return fmt.Errorf("the init process has sent %d messages before its pid", maxHeld)
		case err == nil:
			s.init.held = append(s.init.held, m)
			s.init.reap()
			flags = unix.MSG_DONTWAIT
		default:
			return s.forkFailed(err)
		}
	}
}

// maxHeld is how many messages of the child may come before its pid. It waits
// for an answer to nearly each.
const maxHeld = 16

// forkFailed explains why there is no pid. err is what came instead of it.
func (s *starter) forkFailed(err error) error {
	if len(s.init.held) == 0 {
		return s.initFailed(program.Report{}, err)
	}
	// The first process did not come to the fork, or could not tell the pid
	// after the child had its say.
	for _, m := range s.init.held {
		if m.Errno != 0 {
			return s.initFailed(m.Report, nil)
		}
	}
	return s.initFailed(program.Report{}, errSilent)
}

// initFailed explains why the init did not get ready: by its own report, or by
// how it died and how far it had come.
func (s *starter) initFailed(r program.Report, err error) error {
	switch {
	case err == nil:
		return stepError(s.prog, r)
	case !errors.Is(err, errSilent):
		return err
	}
	step := s.init.proc.Progress()
	return s.deathError(s.init.reap(), step)
}

// acknowledge tells the ready init to go on. The message carries what only
// the finished root file system could tell: the HOME variable.
func (s *starter) acknowledge() error {
	s.store.debugf("lets the process %d go on", s.init.pid)
	home := ""
	if s.layout.wantsHome {
		home = s.homeVariable()
	}
	return s.send(append([]byte(home), 0))
}

// whenAsked does what the init asks for, and lets it go on.
func (s *starter) whenAsked(do func() error) error {
	if err := s.await(); err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	return s.send([]byte{0})
}

// send sends a message to the init, which waits for it.
func (s *starter) send(message []byte) error {
	err := linux.RetryEINTR(func() error {
		_, err := unix.Write(int(s.init.sync.Fd()), message)
		return err
	})
	if err == unix.EPIPE || err == unix.ECONNRESET {
		return s.initFailed(s.init.receive()) // it may have said why
	}
	if err != nil {
		return fmt.Errorf("release the init process: %w", err)
	}
	return nil
}
