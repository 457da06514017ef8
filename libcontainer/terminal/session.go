package terminal

import (
	"errors"
	"os"
	"sync"
	"time"

	"github.com/oci-rt/rt/internal/linux"
	"golang.org/x/sys/unix"
)

// Session connects the terminal of a process with the streams of the user who
// started it.
type Session struct {
	master *os.File
	user   Streams
	hungUp func()        // called once, when nobody wants the output any more
	copied chan struct{} // closed when no more output will come
	// restore gives the user's terminal its settings back.
	restore func()
	// failed is why output was lost, unless the reader was gone. Only copyOut may
	// use it until copied is closed.
	failed error
}

// Attach begins to copy user.In to the process, and the process's output to
// user.Out. If In is a terminal, it passes every key on until Close. Otherwise
// its end is passed on as the key that means it.
//
// When user.Out takes no more output, the terminal is hung up and hungUp is
// called, at the next output or when user.In ends.
//
// The session owns master, and Close closes it.
func Attach(master *os.File, user Streams, hungUp func()) (*Session, error) {
	// A file of the poller, unlike a plain one, can be closed while it is read.
	if err := unix.SetNonblock(int(master.Fd()), true); err != nil {
		return nil, os.NewSyscallError("set O_NONBLOCK", err)
	}
	fd, err := unix.FcntlInt(master.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, os.NewSyscallError("duplicate the terminal", err)
	}
	master.Close()
	s := &Session{master: os.NewFile(uintptr(fd), "terminal"), user: user, hungUp: sync.OnceFunc(hungUp), copied: make(chan struct{})}
	if s.restore, err = makeRaw(user.In); err != nil {
		s.master.Close()
		return nil, err
	}
	_ = s.Resize()
	go s.copyOut()
	go s.copyIn()
	return s, nil
}

// Resize gives the process's terminal the size of the user's terminal, if there
// is one. The process gets a SIGWINCH if that changes anything. After Close it
// does nothing.
func (s *Session) Resize() error {
	window := s.user.window()
	if window == nil {
		return nil
	}
	err := s.control(func(fd int) error { return unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, window) })
	if errors.Is(err, os.ErrClosed) {
		return nil
	}
	return err
}

// control calls f with the terminal's descriptor. Unlike File.Fd this leaves the
// file to the poller, and fails after Close.
func (s *Session) control(f func(fd int) error) error {
	conn, err := s.master.SyscallConn()
	if err != nil {
		return err
	}
	if conn.Control(func(fd uintptr) { err = f(int(fd)) }) != nil {
		return os.ErrClosed // it fails for no other reason
	}
	return err
}

// Close ends the session after the process has ended. It restores the user's
// terminal and waits until all output of the process is copied, however slowly it
// is read. It returns why output was lost, unless the reader was gone.
func (s *Session) Close() error {
	s.restore()
	// This wakes copyOut if it waits for more output. It fails if the terminal
	// was hung up.
	_ = s.master.SetReadDeadline(time.Unix(1, 0))
	<-s.copied
	s.master.Close()
	return s.failed
}

// copyOut copies until the last process has closed its end of the terminal: the
// kernel then says EIO. If nobody takes the output any more, it hangs up:
// otherwise the process would wait for a reader for ever.
func (s *Session) copyOut() {
	defer s.restoreOnPanic()
	defer close(s.copied)
	buf := make([]byte, 32<<10)
	for {
		n, readErr := s.master.Read(buf)
		var err error
		if errors.Is(readErr, os.ErrDeadlineExceeded) {
			err = s.copyRest(buf)
		} else if n > 0 {
			err = writeAll(s.user.Out, buf[:n])
		}
		if err != nil {
			s.hangUp(err)
		}
		if err != nil || readErr != nil {
			return
		}
	}
}

// maxRest is more output than a terminal holds: after the 4 KiB that can be read
// at once, the kernel takes 8 KiB and the pages of one write.
const maxRest = 128 << 10

// copyRest copies the output that was left in the terminal when the process
// ended. All is copied when the terminal has nothing to read: since Linux 4.5 a
// read waits for what the kernel is about to pass on. copyRest does not wait for
// other processes that still have the terminal open.
func (s *Session) copyRest(buf []byte) error {
	for rest := maxRest; rest > 0; {
		n := 0
		err := s.control(func(fd int) (err error) {
			n, err = unix.Read(fd, buf)
			return err
		})
		switch {
		case err == unix.EINTR:
		case err != nil || n <= 0:
			return nil // EAGAIN or EIO
		default:
			if err := writeAll(s.user.Out, buf[:n]); err != nil {
				return err
			}
			rest -= n
		}
	}
	return nil
}

// hangUp ends the session because of an error of the output.
func (s *Session) hangUp(err error) {
	if !errors.Is(err, unix.EPIPE) {
		s.failed = err
	}
	s.restore()
	s.master.Close()
	s.hungUp()
}

// writeAll writes all data, even to a pipe that another process has made
// non-blocking.
func writeAll(file *os.File, data []byte) error {
	for {
		n, err := file.Write(data)
		if data = data[n:]; !errors.Is(err, unix.EAGAIN) {
			return err
		}
		if err := awaitRoom(file); err != nil {
			return err
		}
	}
}

// awaitRoom waits until a file takes more, or never will.
func awaitRoom(file *os.File) error {
	_, err := linux.Poll([]unix.PollFd{{Fd: int32(file.Fd()), Events: unix.POLLOUT}}, -1)
	return os.NewSyscallError("poll", err)
}

func (s *Session) restoreOnPanic() {
	if cause := recover(); cause != nil {
		s.restore()
		panic(cause)
	}
}

// makeRaw makes a terminal pass every key on, without echo or signals (cfmakeraw
// in termios(3)), and returns a function that undoes that. It does nothing to
// other files. The settings for output stay, because the process's terminal
// passes on line ends that are not made for a screen yet (see
// [Terminal.KeepNewlines]).
func makeRaw(file *os.File) (restore func(), err error) {
	fd := int(file.Fd())
	before, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return func() {}, nil
	}
	raw := *before
	raw.Iflag &^= unix.IGNBRK | unix.BRKINT | unix.PARMRK | unix.ISTRIP | unix.INLCR | unix.IGNCR | unix.ICRNL | unix.IXON
	raw.Lflag &^= unix.ECHO | unix.ECHONL | unix.ICANON | unix.ISIG | unix.IEXTEN
	raw.Cflag = raw.Cflag&^(unix.CSIZE|unix.PARENB) | unix.CS8
	raw.Cc[unix.VMIN], raw.Cc[unix.VTIME] = 1, 0
	if err := unix.IoctlSetTermios(fd, unix.TCSETSW, &raw); err != nil {
		return nil, os.NewSyscallError("make the terminal raw", err)
	}
	return sync.OnceFunc(func() { _ = unix.IoctlSetTermios(fd, unix.TCSETSW, before) }), nil
}
