package linux

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// Send sends a message on a unix socket, with a descriptor unless file is nil. It
// returns how many bytes were sent, which on a stream may be less than all. If
// the other end is closed it fails with EPIPE and raises no signal.
func Send(conn *os.File, message []byte, file *os.File) (int, error) {
	var rights []byte
	if file != nil {
		rights = unix.UnixRights(int(file.Fd()))
	}
	for {
		n, err := unix.SendmsgN(int(conn.Fd()), message, rights, nil, unix.MSG_NOSIGNAL)
		if err != unix.EINTR {
			return n, err
		}
	}
}

// Receive receives the next message of a unix socket into buf, with the flags of
// recvmsg(2). The received descriptors belong to the caller, and are called name.
// A message that does not fit, or that has more than maxFiles descriptors, is an
// error, and is not cut off. If there is neither a message nor a file, the other
// end is closed.
func Receive(conn *os.File, buf []byte, maxFiles int, name string, flags int) (n int, files []*os.File, err error) {
	control := make([]byte, unix.CmsgSpace(maxFiles*4))
	var controlled, got int
	for err = unix.EINTR; err == unix.EINTR; {
		n, controlled, got, _, err = unix.Recvmsg(int(conn.Fd()), buf, control, flags|unix.MSG_CMSG_CLOEXEC)
	}
	if err == nil && controlled > 0 {
		files, err = parseFiles(control[:controlled], name)
	}
	switch {
	case err != nil:
	case got&unix.MSG_CTRUNC != 0, len(files) > maxFiles: // control has room for an even number
		err = fmt.Errorf("more than %d descriptors", maxFiles)
	case got&unix.MSG_TRUNC != 0:
		err = fmt.Errorf("more than %d bytes", len(buf))
	default:
		return n, files, nil
	}
	Close(files)
	return 0, nil, err
}

// parseFiles returns the descriptors in a message, also with an error.
func parseFiles(control []byte, name string) (files []*os.File, err error) {
	messages, err := unix.ParseSocketControlMessage(control)
	if err != nil {
		return nil, err
	}
	for i := range messages {
		fds, err := unix.ParseUnixRights(&messages[i])
		if err != nil {
			return files, err
		}
		for _, fd := range fds {
			files = append(files, os.NewFile(uintptr(fd), name))
		}
	}
	return files, nil
}

// Close closes files. Any of them may be nil.
func Close(files []*os.File) {
	for _, f := range files {
		f.Close()
	}
}
