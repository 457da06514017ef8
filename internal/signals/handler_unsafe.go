package signals

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// pipe is where the handler writes to: a signal's handler gets no argument of
// ours, so this is the only place it can look at. It is written once, before the
// first handler is installed.
var pipe int32

// handlerAddress returns the address of the handler, and of the code that it
// returns to, where the kernel wants to be told that (0 where it does not).
func handlerAddress() (handler, restorer uintptr)

// Flags of rt_sigaction(2) that x/sys does not have.
const (
	saOnStack  = 0x08000000 // the Go runtime gives every thread a stack for signals
	saRestart  = 0x10000000
	saRestorer = 0x04000000
)

// action is the kernel's struct sigaction on amd64 and arm64.
type action struct {
	handler  uintptr
	flags    uint64
	restorer uintptr
	mask     uint64
}

// handle installs the handler. While it runs all signals wait, as they do
// during the runtime's own.
func handle(s unix.Signal) error {
	a := action{flags: saOnStack | saRestart, mask: ^uint64(0)}
	a.handler, a.restorer = handlerAddress()
	if a.restorer != 0 {
		a.flags |= saRestorer
	}
	_, _, errno := unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(s), uintptr(unsafe.Pointer(&a)), 0, unsafe.Sizeof(a.mask), 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}
