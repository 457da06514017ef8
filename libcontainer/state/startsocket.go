package state

import (
	"fmt"
	"os"

	"github.com/oci-rt/rt/internal/linux"
	"golang.org/x/sys/unix"
)

// startSocket is the name of the socket that a created container's init
// listens on. Only the init holds the listening end, so it vanishes with it.
const startSocket = "start.sock"

// ListenForStart makes the socket that the init will accept start on.
func (d *Dir) ListenForStart() (*os.File, error) {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("start socket: %w", err)
	}
	file := os.NewFile(uintptr(fd), startSocket)
	if err = unix.Bind(fd, d.startAddress()); err == nil {
		err = unix.Listen(fd, 1)
	}
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("start socket: %w", err)
	}
	return file, nil
}

// ConnectForStart connects to the init that waits for start. The connection
// tells the init to continue.
func (d *Dir) ConnectForStart() (*os.File, error) {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("start socket: %w", err)
	}
	conn := os.NewFile(uintptr(fd), startSocket)
	if err := linux.Connect(fd, d.startAddress()); err != nil {
		conn.Close()
		return nil, fmt.Errorf("start socket: %w", err)
	}
	return conn, nil
}

// RemoveStartSocket removes the socket's name after start.
func (d *Dir) RemoveStartSocket() { _ = unix.Unlink(d.path + "/" + startSocket) }

func (d *Dir) startAddress() unix.Sockaddr { return linux.SocketIn(int(d.dir.Fd()), startSocket) }
