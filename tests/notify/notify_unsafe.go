// Package notify is the tests' side of a seccomp filter that asks what becomes
// of system calls (seccomp_unotify(2)).
package notify

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// Call is struct seccomp_notif: a system call that waits for an answer.
type Call struct {
	ID    uint64
	Pid   uint32
	Flags uint32
	Nr    int32
	Arch  uint32
	IP    uint64
	Args  [6]uint64
}

// Answer is struct seccomp_notif_resp.
type Answer struct {
	ID    uint64
	Value int64
	Errno int32
	Flags uint32
}

// Receive waits for the next call.
func Receive(listener int) (Call, error) {
	var c Call
	err := ioctl(listener, unix.SECCOMP_IOCTL_NOTIF_RECV, unsafe.Pointer(&c))
	return c, err
}

// Send answers the call with this ID.
func (a Answer) Send(listener int) error {
	return ioctl(listener, unix.SECCOMP_IOCTL_NOTIF_SEND, unsafe.Pointer(&a))
}

func ioctl(fd int, request uintptr, arg unsafe.Pointer) error {
	for {
		// The Go runtime preempts by signals.
		_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), request, uintptr(arg))
		if errno == 0 {
			return nil
		}
		if errno != unix.EINTR {
			return errno
		}
	}
}
