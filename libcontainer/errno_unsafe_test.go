package libcontainer

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// loadFilter gives this thread a seccomp filter. It leaves no_new_privs alone, so it
// needs CAP_SYS_ADMIN.
func loadFilter(filter []unix.SockFilter) error {
	prog := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	if _, _, errno := unix.RawSyscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, 0, uintptr(unsafe.Pointer(&prog))); errno != 0 {
		return errno
	}
	return nil
}
