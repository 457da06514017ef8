package terminal

import (
	"io"
	"time"

	"golang.org/x/sys/unix"
)

// copyIn copies until the user's input ends. It may still wait for input when the
// session is over.
func (s *Session) copyIn() {
	defer s.restoreOnPanic()
	buf := make([]byte, 32<<10)
	last := byte('\n')
	for {
		n, err := s.user.In.Read(buf)
		if n > 0 {
			last = buf[n-1]
			if _, err := s.master.Write(buf[:n]); err != nil {
				return
			}
		}
		if err != nil {
			switch {
			case s.userGone():
				s.hangUp(unix.EPIPE)
			case err == io.EOF:
				s.endInput(last)
			}
			return
		}
	}
}

// userGone reports whether nobody can take output any more, which a process that
// writes nothing would not find out. That is so for a pipe without a reader, and
// for a terminal whose other end is closed, which ends its input too. When the session
// is over, the output may be closed meanwhile.
func (s *Session) userGone() (gone bool) {
	conn, err := s.user.Out.SyscallConn()
	if err != nil {
		return false
	}
	_ = conn.Control(func(fd uintptr) {
		out := []unix.PollFd{{Fd: int32(fd)}}
		_, err := unix.Poll(out, 0)
		gone = err == nil && out[0].Revents&(unix.POLLHUP|unix.POLLERR) != 0
	})
	return gone
}

// The end of the input is sent again after a pause that begins with firstPause and
// doubles up to lastPause.
const (
	firstPause = 100 * time.Millisecond
	lastPause  = 5 * time.Second
)

// endInput tells the process that its input has ended, as a user would: by the key
// for that. It repeats the key. An ended input stays ended for every program that
// reads it, but the key ends only a single read. And a shell ignores a key that it
// finds in the line that it is about to edit, typed while the terminal still
// collected lines.
func (s *Session) endInput(last byte) {
	for pause := firstPause; s.sendEnd(last) == nil; pause = min(2*pause, lastPause) {
		time.Sleep(pause)
		last = '\n'
	}
}

// sendEnd sends the key. After an unfinished line the key only sends that line, and
// a second key is the end (termios(3)). A program that edits lines itself
// understands the key in the same way. A program that gets every key, with echo,
// knows no end.
func (s *Session) sendEnd(last byte) error {
	var settings *unix.Termios
	err := s.control(func(fd int) (err error) {
		settings, err = unix.IoctlGetTermios(fd, unix.TCGETS)
		return err
	})
	if err != nil {
		return err
	}
	lines := settings.Lflag&unix.ICANON != 0
	key := settings.Cc[unix.VEOF]
	if key == 0 || !lines && settings.Lflag&unix.ECHO != 0 { // 0: there is no such key
		return nil
	}
	end := []byte{key}
	if lines && last != '\n' {
		end = append(end, key)
	}
	_, err = s.master.Write(end)
	return err
}
