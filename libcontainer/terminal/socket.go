package terminal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// Socket is a connection to an engine that wants a descriptor: that of a
// terminal (--console-socket) or of a process (--pidfd-socket).
type Socket struct {
	flag string
	conn *os.File
}

// Dial connects to the stream socket at path, which the command line gave by
// the flag. An empty path gives a nil Socket.
func Dial(flag, path string) (*Socket, error) {
	if path == "" {
		return nil, nil
	}
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", flag, err)
	}
	s := &Socket{flag: flag, conn: os.NewFile(uintptr(fd), path)}
	if err := s.connect(path); err != nil {
		s.Close()
		return nil, fmt.Errorf("%s: connect to %s: %w", flag, path, err)
	}
	return s, nil
}

// connect names the socket through its directory's descriptor, because the path
// may exceed the 108 bytes of unix(7).
func (s *Socket) connect(path string) error {
	dir, err := unix.Open(filepath.Dir(path), unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(dir)
	address := &unix.SockaddrUnix{Name: "/proc/self/fd/" + strconv.Itoa(dir) + "/" + filepath.Base(path)}
	for {
		err := unix.Connect(int(s.conn.Fd()), address)
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// Send sends a descriptor in a message whose text is its name. A nil Socket
// sends nothing.
func (s *Socket) Send(name string, file *os.File) error {
	if s == nil {
		return nil
	}
	for {
		err := unix.Sendmsg(int(s.conn.Fd()), []byte(name), unix.UnixRights(int(file.Fd())), nil, unix.MSG_NOSIGNAL)
		switch {
		case err == nil:
			return nil
		case !errors.Is(err, unix.EINTR):
			return fmt.Errorf("%s: send the descriptor: %w", s.flag, err)
		}
	}
}

// Close closes the connection.
func (s *Socket) Close() {
	if s != nil {
		s.conn.Close()
	}
}
