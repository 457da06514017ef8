// Package sdnotify tells the service manager that started rt, through the
// socket in NOTIFY_SOCKET, that the service in a container is ready
// (sd_notify(3)).
//
// The container gets its own socket. Of the messages that it sends there, only
// the readiness is passed on. A container may not decide on the other things
// that a service can tell its manager, such as its main process or descriptors
// to keep.
package sdnotify

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/oci-rt/rt/internal/linux"
	"github.com/oci-rt/rt/spec"
	"golang.org/x/sys/unix"
)

// Proxy listens for a container's readiness.
type Proxy struct {
	manager string // the address of the manager's socket
	path    string // of the container's socket
	conn    *os.File
	closing sync.Once
}

// Listen makes the container's socket in dir. The manager's address is a path
// or, with @ in front, the name of an abstract socket (unix(7)).
func Listen(manager, dir string) (*Proxy, error) {
	conn, err := newSocket()
	if err != nil {
		return nil, err
	}
	p := &Proxy{manager: manager, path: dir + "/" + spec.NotifySocket, conn: conn}
	if err := p.bind(); err != nil {
		p.Close()
		return nil, fmt.Errorf("NOTIFY_SOCKET: the container's socket: %w", err)
	}
	return p, nil
}

func newSocket() (*os.File, error) {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("NOTIFY_SOCKET: %w", err)
	}
	return os.NewFile(uintptr(fd), spec.NotifySocket), nil
}

// bind names the socket, and lets any user of the container send.
func (p *Proxy) bind() error {
	_ = unix.Unlink(p.path)
	if err := linux.Bind(int(p.conn.Fd()), p.path); err != nil {
		return err
	}
	return openToAll(p.path)
}

// openToAll changes the mode of a socket. The container of an ordinary user may be able
// to write to the directory, which belongs to its own root. So what is there by now may
// be a link to any file of the user's: it is not followed.
func openToAll(path string) error {
	fd, err := linux.Open(path, unix.O_PATH|unix.O_NOFOLLOW, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return &os.PathError{Op: "stat", Path: path, Err: err}
	}
	if st.Mode&unix.S_IFMT != unix.S_IFSOCK {
		return fmt.Errorf("%s: another file is in its place", path)
	}
	if err := unix.Chmod("/proc/self/fd/"+strconv.Itoa(fd), 0o777); err != nil {
		return &os.PathError{Op: "chmod", Path: path, Err: err}
	}
	return nil
}

// Close removes the container's socket, once. A nil Proxy has none.
func (p *Proxy) Close() {
	if p == nil {
		return
	}
	p.closing.Do(func() {
		p.conn.Close()
		_ = os.Remove(p.path)
	})
}

// Forward waits until the container is ready. Then it tells the manager so, and
// that the service's main process is pid. process is the pidfd of the
// container's first process. If that ends before, Forward returns and tells
// nothing.
func (p *Proxy) Forward(ctx context.Context, process *os.File, pid int) error {
	fds := []unix.PollFd{{Fd: int32(p.conn.Fd()), Events: unix.POLLIN}, {Fd: int32(process.Fd()), Events: unix.POLLIN}}
	for {
		if _, err := linux.PollUntil(ctx, fds, -1); err != nil {
			return fmt.Errorf("wait for the container to be ready: %w", err)
		}
		if fds[0].Revents != 0 {
			ready, err := p.receive()
			switch {
			case err != nil:
				return err
			case ready:
				return p.tell(pid)
			}
		} else if fds[1].Revents != 0 {
			return nil
		}
	}
}

// receive receives a message, and reports whether it says that the service is
// ready.
func (p *Proxy) receive() (bool, error) {
	var buf [4096]byte
	n, err := unix.Read(int(p.conn.Fd()), buf[:])
	if err != nil && err != unix.EINTR {
		return false, os.NewSyscallError("read", err)
	}
	for line := range bytes.SplitSeq(buf[:max(n, 0)], []byte("\n")) {
		if string(line) == "READY=1" {
			return true, nil
		}
	}
	return false, nil
}

// barrier is how long the manager may take to read the message.
const barrier = 30 * time.Second

// tell tells the manager, and waits until it has read the message: it looks up
// the sender only then, and ignores senders that are gone.
func (p *Proxy) tell(pid int) error {
	conn, err := newSocket()
	if err != nil {
		return err
	}
	defer conn.Close()
	manager := &unix.SockaddrUnix{Name: p.manager}
	message := "MAINPID=" + strconv.Itoa(pid) + "\nREADY=1\n"
	if err := unix.Sendto(int(conn.Fd()), []byte(message), unix.MSG_NOSIGNAL, manager); err != nil {
		return fmt.Errorf("NOTIFY_SOCKET: send to %s: %w", p.manager, err)
	}
	read, write, err := os.Pipe()
	if err != nil {
		return err
	}
	defer read.Close()
	err = unix.Sendmsg(int(conn.Fd()), []byte("BARRIER=1"), unix.UnixRights(int(write.Fd())), manager, unix.MSG_NOSIGNAL)
	write.Close()
	if err != nil {
		return fmt.Errorf("NOTIFY_SOCKET: send to %s: %w", p.manager, err)
	}
	// The manager closes the pipe. If it does not know the message it does
	// nothing, which is not an error.
	_ = read.SetReadDeadline(time.Now().Add(barrier))
	_, _ = read.Read(make([]byte, 1))
	return nil
}
