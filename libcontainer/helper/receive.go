package helper

import (
	"errors"
	"fmt"
	"os"

	"github.com/oci-rt/rt/internal/linux"
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
// Nothing in the message is trusted: a process of the container may have taken over
// the program. A message that does not fit is an error, and is not cut off.
func Receive(conn *os.File, buf []byte, flags int) (int, []*os.File, error) {
	const name = "descriptor of the init"
	n, files, err := linux.Receive(conn, buf, maxFiles, name, flags)
	if err == unix.ECONNRESET {
		// If a program ends with unread messages, the next call fails, once, before
		// the program's own messages can be read (unix_release_sock in
		// net/unix/af_unix.c).
		n, files, err = linux.Receive(conn, buf, maxFiles, name, flags)
	}
	switch {
	case err == unix.ECONNRESET, err == nil && n == 0:
		linux.Close(files)
		return 0, nil, ErrSilent
	case err != nil:
		return 0, nil, fmt.Errorf("read report: %w", err)
	}
	return n, files, nil
}
