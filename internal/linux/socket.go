package linux

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// Dial connects to the stream socket at a path. If too many connections already
// wait for the listener, Dial waits too, until ctx ends.
func Dial(ctx context.Context, path string) (*os.File, error) {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	err = atAddress(path, func(address unix.Sockaddr) error { return connectUntil(ctx, fd, address) })
	if err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("connect to %s: %w", path, err)
	}
	return os.NewFile(uintptr(fd), path), nil
}

// Bind gives a socket a path as its name.
func Bind(fd int, path string) error {
	return atAddress(path, func(address unix.Sockaddr) error { return unix.Bind(fd, address) })
}

// Connect is connect(2).
func Connect(fd int, address unix.Sockaddr) error {
	return RetryEINTR(func() error { return unix.Connect(fd, address) })
}

// connectUntil is Connect that waits for room in the backlog, until ctx ends.
func connectUntil(ctx context.Context, fd int, address unix.Sockaddr) error {
	if ctx.Done() == nil {
		return Connect(fd, address)
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		return err
	}
	err := Connect(fd, address)
	for err == unix.EAGAIN { // connect(2): the backlog of a Unix socket is full
		if ended := Sleep(ctx, time.Millisecond); ended != nil {
			return ended
		}
		err = Connect(fd, address)
	}
	if err != nil {
		return err
	}
	return unix.SetNonblock(fd, false)
}

// SocketIn returns the address of a socket by its name in an open directory. Its
// path may exceed the 108 bytes of unix(7).
func SocketIn(dir int, name string) unix.Sockaddr {
	return &unix.SockaddrUnix{Name: "/proc/self/fd/" + strconv.Itoa(dir) + "/" + name}
}

// atAddress calls f with the address of the socket at a path of any length.
func atAddress(path string, f func(unix.Sockaddr) error) error {
	dir, err := OpenAt(unix.AT_FDCWD, filepath.Dir(path), unix.O_PATH|unix.O_DIRECTORY, 0)
	if err != nil {
		return err
	}
	defer unix.Close(dir)
	return f(SocketIn(dir, filepath.Base(path)))
}

// Socketpair returns the two ends of a connection whose messages are packets.
func Socketpair(ours, theirs string) (*os.File, *os.File, error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, os.NewSyscallError("socketpair", err)
	}
	return os.NewFile(uintptr(fds[0]), ours), os.NewFile(uintptr(fds[1]), theirs), nil
}
