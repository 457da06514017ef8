package terminal

import (
	"io"
	"os"
	"sync"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// Session connects the terminal of a process with the streams of the user who
// started it.
type Session struct {
	master  *os.File
	in, out *os.File
	restore func()        // gives the user's terminal its settings back
	copied  chan struct{} // closed when no more output will come
}

// Attach begins to copy: what in has to the process, and what the process
// writes to out. If in is a terminal it passes every key on from now on, until
// Close. Otherwise its end is passed on as the key that means it.
//
// The session takes master, and Close closes it.
func Attach(master, in, out *os.File) (*Session, error) {
	// A file of the poller, unlike a plain one, can be closed while it is read.
	if err := unix.SetNonblock(int(master.Fd()), true); err != nil {
		return nil, os.NewSyscallError("set O_NONBLOCK", err)
	}
	fd, err := unix.FcntlInt(master.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, os.NewSyscallError("duplicate the terminal", err)
	}
	master.Close()
	s := &Session{master: os.NewFile(uintptr(fd), "terminal"), in: in, out: out, copied: make(chan struct{})}
	if s.restore, err = makeRaw(in); err != nil {
		s.master.Close()
		return nil, err
	}
	_ = s.Resize()
	go s.copyOut()
	go s.copyIn()
	return s, nil
}

// Size returns the size of the window that a terminal is shown in, or nil if
// file is no terminal or has no window.
func Size(file *os.File) *specs.Box {
	window, err := unix.IoctlGetWinsize(int(file.Fd()), unix.TIOCGWINSZ)
	if err != nil || window.Row == 0 || window.Col == 0 {
		return nil
	}
	return &specs.Box{Height: uint(window.Row), Width: uint(window.Col)}
}

// Resize gives the process's terminal the size of the user's, if there is one.
// The process gets a SIGWINCH if that changes anything.
func (s *Session) Resize() error {
	window, err := unix.IoctlGetWinsize(int(s.in.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return nil // not a terminal
	}
	return s.control(func(fd int) error { return unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, window) })
}

// control calls f with the terminal's descriptor. Unlike File.Fd this leaves the
// file to the poller, and fails behind Close.
func (s *Session) control(f func(fd int) error) error {
	conn, err := s.master.SyscallConn()
	if err != nil {
		return err
	}
	if ctlErr := conn.Control(func(fd uintptr) { err = f(int(fd)) }); ctlErr != nil {
		return ctlErr
	}
	return err
}

// lastWords is how long Close waits for the output of a process that has ended
// while others keep the terminal open. The kernel passes what was written on
// behind the writer's back.
const lastWords = 100 * time.Millisecond

// Close ends the session, after the process has: it waits for the rest of the
// output and restores the user's terminal.
func (s *Session) Close() {
	select {
	case <-s.copied:
	case <-time.After(lastWords):
	}
	s.restore()
	s.master.Close()
}

// copyOut copies until the last process has closed its end of the terminal: the
// kernel then says EIO. If nobody wants the output any more, it hangs up: a
// process that nobody reads from would wait for ever.
func (s *Session) copyOut() {
	defer s.restoreOnPanic()
	defer close(s.copied)
	buf := make([]byte, 32<<10)
	for {
		n, err := s.master.Read(buf)
		if err != nil {
			return
		}
		if _, err := s.out.Write(buf[:n]); err != nil {
			s.master.Close()
			return
		}
	}
}

// copyIn copies until the user's input ends. It may stay behind waiting for
// input when the session is over.
func (s *Session) copyIn() {
	defer s.restoreOnPanic()
	buf := make([]byte, 32<<10)
	last := byte('\n')
	for {
		n, err := s.in.Read(buf)
		if n > 0 {
			last = buf[n-1]
			if _, err := s.master.Write(buf[:n]); err != nil {
				return
			}
		}
		if err != nil {
			if err == io.EOF {
				s.endInput(last)
			}
			return
		}
	}
}

// endInput tells the process that its input has ended, as a user would: by the
// key that the terminal takes for that while it collects lines. Behind an
// unfinished line the key means to send that line, and only the next one the
// end (termios(3)).
func (s *Session) endInput(last byte) {
	var settings *unix.Termios
	err := s.control(func(fd int) (err error) {
		settings, err = unix.IoctlGetTermios(fd, unix.TCGETS)
		return err
	})
	if err != nil || settings.Lflag&unix.ICANON == 0 {
		return
	}
	end := []byte{settings.Cc[unix.VEOF]}
	if last != '\n' {
		end = append(end, end[0])
	}
	_, _ = s.master.Write(end)
}

func (s *Session) restoreOnPanic() {
	if cause := recover(); cause != nil {
		s.restore()
		panic(cause)
	}
}

// makeRaw makes a terminal pass every key on, without echo or signals (cfmakeraw
// in termios(3)), and returns what undoes that. It does nothing to files that are
// no terminals. What is written goes on as before: lines come from the process's
// terminal with ends that are not made for a screen yet (see
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
