package helper

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// ErrSilent says that the other end of the socket is closed. The init closes it
// by executing the container's program or by ending.
var ErrSilent = errors.New("the init process ended without a report")

// maxMessage is the size of the largest message, in bytes.
const maxMessage = 64 << 10

// Receive receives the next message of a program into buf, with the flags of
// recvmsg(2). The descriptors that come along belong to the caller.
func Receive(conn *os.File, buf []byte, flags int) (n int, files []*os.File, err error) {
	control := make([]byte, unix.CmsgSpace(2*4))
	var controlled int
	for err = error(unix.EINTR); err == unix.EINTR; { // the Go runtime sends signals to itself
		n, controlled, _, _, err = unix.Recvmsg(int(conn.Fd()), buf, control, flags|unix.MSG_CMSG_CLOEXEC)
	}
	switch {
	case err == unix.ECONNRESET || (err == nil && n == 0):
		return 0, nil, ErrSilent
	case err != nil:
		return 0, nil, fmt.Errorf("read report: %w", err)
	case controlled == 0:
		return n, nil, nil
	}
	files, err = parseFiles(control[:controlled])
	return n, files, err
}

func parseFiles(control []byte) ([]*os.File, error) {
	messages, err := unix.ParseSocketControlMessage(control)
	if err != nil {
		return nil, fmt.Errorf("read descriptors: %w", err)
	}
	var files []*os.File
	for i := range messages {
		fds, err := unix.ParseUnixRights(&messages[i])
		if err != nil {
			return nil, fmt.Errorf("read descriptors: %w", err)
		}
		for _, fd := range fds {
			files = append(files, os.NewFile(uintptr(fd), "descriptor of the init"))
		}
	}
	return files, nil
}

// Close closes files.
func Close(files []*os.File) {
	for _, f := range files {
		f.Close()
	}
}
