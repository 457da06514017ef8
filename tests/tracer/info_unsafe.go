//go:build amd64 || arm64

package tracer

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// callInfo is the beginning of struct ptrace_syscall_info (linux/ptrace.h, Linux 5.3).
type callInfo struct {
	Op   uint8
	_    [3]uint8
	_    uint32 // the architecture
	_, _ uint64 // instruction and stack pointer
	Nr   uint64 // at the entry of a call
	Args [6]uint64
	_, _ uint32 // of a seccomp stop
}

// Values of callInfo.Op.
const (
	opEntry = 1 // PTRACE_SYSCALL_INFO_ENTRY
	opExit  = 2 // PTRACE_SYSCALL_INFO_EXIT
)

// syscallInfo says what call a thread has stopped at.
func syscallInfo(tid int) (info callInfo, err error) {
	const getSyscallInfo = 0x420e // PTRACE_GET_SYSCALL_INFO
	_, _, errno := unix.Syscall6(unix.SYS_PTRACE, getSyscallInfo, uintptr(tid), unsafe.Sizeof(info), uintptr(unsafe.Pointer(&info)), 0, 0)
	if errno != 0 {
		return info, os.NewSyscallError("ptrace", errno)
	}
	return info, nil
}
