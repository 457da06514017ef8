package dbus

import (
	"errors"
	"io"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// socket is a connected stream socket on which nothing takes longer than until
// the deadline.
type socket struct {
	fd       int
	deadline time.Time
	unread   []byte // received and not yet read
}

// connect connects to a socket by its path or, with "@", abstract name. A
// server that has not yet accepted those before takes its time (EAGAIN,
// connect(2) in unix(7)).
func connect(name string, deadline time.Time) (*socket, error) {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	for delay := time.Millisecond; ; delay = min(2*delay, 100*time.Millisecond) {
		err := unix.Connect(fd, &unix.SockaddrUnix{Name: name})
		switch {
		case err == nil:
			return &socket{fd: fd, deadline: deadline}, nil
		case err != unix.EAGAIN && err != unix.EINTR || time.Now().After(deadline):
			unix.Close(fd)
			return nil, &os.PathError{Op: "connect", Path: name, Err: err}
		}
		time.Sleep(delay)
	}
}

// errTimeout says that the other side does not answer.
var errTimeout = errors.New("no answer in time")

// wait waits until the socket is ready for events.
func (s *socket) wait(events int16) error {
	for {
		left := time.Until(s.deadline)
		if left <= 0 {
			return errTimeout
		}
		fds := []unix.PollFd{{Fd: int32(s.fd), Events: events}}
		n, err := unix.Poll(fds, int(left.Milliseconds())+1)
		switch {
		case n > 0:
			return nil
		case err != nil && err != unix.EINTR:
			return err
		}
	}
}

func (s *socket) write(data []byte) error {
	for len(data) > 0 {
		n, err := unix.SendmsgN(s.fd, data, nil, nil, unix.MSG_NOSIGNAL)
		switch err {
		case nil:
			data = data[n:]
		case unix.EINTR:
		case unix.EAGAIN:
			if err := s.wait(unix.POLLOUT); err != nil {
				return err
			}
		default:
			return err
		}
	}
	return nil
}

// fill receives at least one byte more.
func (s *socket) fill() error {
	var buf [4096]byte
	for {
		n, err := unix.Read(s.fd, buf[:])
		switch {
		case err == unix.EINTR:
		case err == unix.EAGAIN:
			if err := s.wait(unix.POLLIN); err != nil {
				return err
			}
		case err != nil:
			return err
		case n == 0:
			return io.ErrUnexpectedEOF
		default:
			s.unread = append(s.unread, buf[:n]...)
			return nil
		}
	}
}

// peek returns the next n bytes without reading them.
func (s *socket) peek(n int) ([]byte, error) {
	for len(s.unread) < n {
		if err := s.fill(); err != nil {
			return nil, err
		}
	}
	return s.unread[:n], nil
}

// read reads the next n bytes.
func (s *socket) read(n int) ([]byte, error) {
	data, err := s.peek(n)
	if err != nil {
		return nil, err
	}
	s.unread = s.unread[n:]
	return data, nil
}

func (s *socket) close() { unix.Close(s.fd) }
