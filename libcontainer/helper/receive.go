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

const (
	// maxMessage is the size of the largest message, in bytes.
	maxMessage = 64 << 10
	// maxFiles is how many descriptors come with a message.
	maxFiles = 2
)

// Receive receives the next message of a program into buf, with the flags of
// recvmsg(2). The descriptors that come along belong to the caller.
//
// Nothing of it is to be believed: a process of the container may have got hold
// of the program. What does not fit is an error and not cut off.
func Receive(conn *os.File, buf []byte, flags int) (n int, files []*os.File, err error) {
	control := make([]byte, unix.CmsgSpace(maxFiles*4))
	var controlled, got int
	reset := false
	// The Go runtime sends signals to itself. And a program that ends without
	// reading all that was sent to it makes the next call fail, once, before what
	// it has said itself can be read (ECONNRESET, unix_release_sock in
	// net/unix/af_unix.c).
	for again := true; again; {
		n, controlled, got, _, err = unix.Recvmsg(int(conn.Fd()), buf, control, flags|unix.MSG_CMSG_CLOEXEC)
		again = err == unix.EINTR || err == unix.ECONNRESET && !reset
		reset = reset || err == unix.ECONNRESET
	}
	switch {
	case err == unix.ECONNRESET:
		return 0, nil, ErrSilent
	case err != nil:
		return 0, nil, fmt.Errorf("read report: %w", err)
	case controlled > 0:
		files, err = parseFiles(control[:controlled])
	}
	switch {
	case err != nil:
	case got&unix.MSG_CTRUNC != 0:
		err = fmt.Errorf("read descriptors: more than %d", maxFiles)
	case got&unix.MSG_TRUNC != 0:
		err = fmt.Errorf("read report: more than %d bytes", len(buf))
	case n == 0:
		err = ErrSilent
	default:
		return n, files, nil
	}
	Close(files)
	return 0, nil, err
}

// parseFiles returns the descriptors in a message, also with an error.
func parseFiles(control []byte) (files []*os.File, err error) {
	messages, err := unix.ParseSocketControlMessage(control)
	if err != nil {
		return nil, fmt.Errorf("read descriptors: %w", err)
	}
	for i := range messages {
		fds, err := unix.ParseUnixRights(&messages[i])
		if err != nil {
			return files, fmt.Errorf("read descriptors: %w", err)
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
