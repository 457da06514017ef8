package libcontainer

import (
	"errors"
	"os"

	"github.com/oci-rt/rt/libcontainer/creator"
	"github.com/oci-rt/rt/libcontainer/sdnotify"
	"github.com/oci-rt/rt/spec"
	"golang.org/x/sys/unix"
)

// Foreground is a process in a container, its first one or another, that was
// started by this process and that this process waits for.
type Foreground struct {
	// Terminal is the other end of the process's terminal, or nil if it has none
	// or that was sent to a socket. Whoever wants it takes it, and sets this to
	// nil: what is left hangs up with Wait or Detach.
	Terminal *os.File

	session *creator.Session
	pidfd   *os.File
	proxy   *sdnotify.Proxy // listens for the process's readiness, or nil
	atEnd   func() error    // what is left to do when it has ended
	release func()          // lets go of what this process holds
}

// Run makes a container and executes its program at once. Its first process
// is a child of the calling process, which should Wait for it or, for a
// detached container, Detach.
func (s Store) Run(cfg Config, keep bool) (*Foreground, error) {
	if err := spec.RequireProgram(cfg.Spec); err != nil {
		return nil, err
	}
	b, err := s.begin(cfg, false)
	if err != nil {
		return nil, err
	}
	f, err := b.run(keep)
	if err != nil {
		return nil, b.abort(err)
	}
	return f, nil
}

func (b *newContainer) run(keep bool) (*Foreground, error) {
	if err := b.untilCreated(); err != nil {
		return nil, err
	}
	if err := b.session.AwaitExec(); err != nil {
		return nil, err
	}
	b.leaveNetDevices()
	if err := b.runHooks(spec.Poststart, Running, b.session.Pid()); err != nil {
		return nil, err
	}
	return b.foreground(keep)
}

// foreground hands the running container over to whoever waits for it.
func (b *newContainer) foreground(keep bool) (*Foreground, error) {
	if err := writePidFile(b.cfg.PidFile, b.session.Pid()); err != nil {
		return nil, err
	}
	fd, err := b.session.Pidfd()
	if err != nil {
		return nil, err
	}
	// It lives as long as it likes, and others may want to delete it.
	b.dir.Unlock()
	f := &Foreground{
		Terminal: b.handover.terminal(),
		session:  b.session,
		pidfd:    fd,
		proxy:    b.handover.proxy,
		atEnd:    b.remove,
		release:  b.close,
	}
	if keep {
		f.atEnd = func() error { return nil }
	}
	return f, nil
}

// Detach leaves the process to whoever adopts this process's children.
func (f *Foreground) Detach() {
	if f.Terminal != nil {
		f.Terminal.Close()
	}
	f.pidfd.Close()
	f.release()
}

// Signal sends sig to the process. One that has ended takes no signal, which is
// no error.
//
// It may be called while another goroutine is in Wait.
func (f *Foreground) Signal(sig unix.Signal) error {
	conn, err := f.pidfd.SyscallConn()
	if err != nil {
		return err
	}
	// Control fails when the file is closed, which Wait does behind the end.
	if conn.Control(func(fd uintptr) { err = unix.PidfdSendSignal(int(fd), sig, nil, 0) }) != nil || err == unix.ESRCH {
		return nil
	}
	return err
}

// Wait waits for the end of the process, removes a container that was run and
// not to be kept, and returns the status that a shell would show: the exit
// code, or 128 and the number of the signal. It reaps all children of the
// calling process meanwhile, since that may be the subreaper of the container's
// orphans.
func (f *Foreground) Wait() (int, error) {
	status, err := waitFor(f.session.Pid())
	f.session.Reaped()
	defer f.Detach()
	if err != nil {
		return 0, err
	}
	err = f.atEnd()
	if status.Signaled() {
		return 128 + int(status.Signal()), err
	}
	return status.ExitStatus(), err
}

// remove removes the container, unless somebody else has deleted it.
func (b *newContainer) remove() error {
	err := b.dir.Lock()
	if errors.Is(err, ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return b.delete()
}

// waitFor reaps children until it is pid's turn.
func waitFor(pid int) (status unix.WaitStatus, err error) {
	for {
		child, err := unix.Wait4(-1, &status, 0, nil)
		switch {
		case err == unix.EINTR:
		case err != nil:
			return 0, err
		case child == pid:
			return status, nil
		}
	}
}
