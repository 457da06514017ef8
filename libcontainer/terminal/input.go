package terminal

import (
	"io"
	"time"

	"golang.org/x/sys/unix"
)

// copyIn copies until the user's input ends. It may stay behind waiting for
// input when the session is over.
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

// userGone reports whether nobody can take output any more: a process that writes
// nothing would not find out. A terminal without its other end says so, whose input
// has ended by that, and a pipe without a reader.
func (s *Session) userGone() bool {
	out := []unix.PollFd{{Fd: int32(s.user.Out.Fd())}}
	_, err := unix.Poll(out, 0)
	return err == nil && out[0].Revents&(unix.POLLHUP|unix.POLLERR) != 0
}

// The end of the input is told again after a while that begins with firstPause
// and doubles up to lastPause.
const (
	firstPause = 100 * time.Millisecond
	lastPause  = 5 * time.Second
)

// endInput tells the process that its input has ended, as a user would, by the
// key that means that, and again and again: an input that has ended stays so for
// each program that reads it, but the key ends a single read. And a key is lost
// that a shell finds in the line that it is about to edit, because it was typed
// while the terminal still collected lines.
func (s *Session) endInput(last byte) {
	for pause := firstPause; s.sendEnd(last) == nil; pause = min(2*pause, lastPause) {
		time.Sleep(pause)
		last = '\n'
	}
}

// sendEnd sends the key. Behind an unfinished line it means to send that line,
// and only the next one the end (termios(3)). A program that edits lines itself
// takes it likewise. One that wants to have each key, and has them echoed, knows
// no end.
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
