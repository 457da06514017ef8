package soak

import (
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

// terminals are those that were sent to a socket. They are kept: a container whose terminal
// is hung up gets SIGHUP.
type terminals struct {
	mu  sync.Mutex
	fds []int
}

// listen takes terminals on a socket until the end of the test.
func listen(t *testing.T, path string) *terminals {
	t.Helper()
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err == nil {
		err = unix.Bind(fd, &unix.SockaddrUnix{Name: path})
	}
	if err == nil {
		err = unix.Listen(fd, 8)
	}
	if err != nil {
		t.Fatal(err)
	}
	list := &terminals{}
	go func() {
		for {
			conn, _, err := unix.Accept4(fd, unix.SOCK_CLOEXEC)
			if err != nil {
				return
			}
			list.take(conn)
		}
	}()
	t.Cleanup(func() { _ = unix.Shutdown(fd, unix.SHUT_RDWR); _ = unix.Close(fd) })
	return list
}

// take receives a terminal.
func (l *terminals) take(conn int) {
	defer unix.Close(conn)
	text, oob := make([]byte, 4096), make([]byte, 256)
	_, n, _, _, err := unix.Recvmsg(conn, text, oob, unix.MSG_CMSG_CLOEXEC)
	if err != nil {
		return
	}
	messages, _ := unix.ParseSocketControlMessage(oob[:n])
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, m := range messages {
		fds, _ := unix.ParseUnixRights(&m)
		l.fds = append(l.fds, fds...)
	}
}

// hangUp closes all that have come.
func (l *terminals) hangUp() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, fd := range l.fds {
		_ = unix.Close(fd)
	}
	l.fds = nil
}
