package tracer

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Register sets of ptrace(2) (linux/elf.h).
const (
	generalRegisters = 1     // NT_PRSTATUS
	systemCall       = 0x404 // NT_ARM_SYSTEM_CALL
)

// skipCall makes a thread at the entry of a system call not do it.
func skipCall(tid int) error {
	nr := int32(-1)
	return registers(unix.PTRACE_SETREGSET, tid, systemCall, unsafe.Pointer(&nr), unsafe.Sizeof(nr))
}

// setResult makes a thread at the exit of a system call take it for failed.
func setResult(tid int, errno unix.Errno) error {
	var r unix.PtraceRegsArm64
	if err := registers(unix.PTRACE_GETREGSET, tid, generalRegisters, unsafe.Pointer(&r), unsafe.Sizeof(r)); err != nil {
		return err
	}
	r.Regs[0] = -uint64(errno)
	return registers(unix.PTRACE_SETREGSET, tid, generalRegisters, unsafe.Pointer(&r), unsafe.Sizeof(r))
}

func registers(request, tid, set int, data unsafe.Pointer, size uintptr) error {
	vec := unix.Iovec{Base: (*byte)(data), Len: uint64(size)}
	_, _, errno := unix.Syscall6(unix.SYS_PTRACE, uintptr(request), uintptr(tid), uintptr(set), uintptr(unsafe.Pointer(&vec)), 0, 0)
	if errno != 0 {
		return os.NewSyscallError("ptrace", errno)
	}
	return nil
}
