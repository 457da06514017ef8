//go:build !386 && !arm

package program

import "golang.org/x/sys/unix"

// System calls that have another number where words have 32 bits.
const (
	sysFchown         = unix.SYS_FCHOWN
	sysSetgroups      = unix.SYS_SETGROUPS
	sysSetresuid      = unix.SYS_SETRESUID
	sysSetresgid      = unix.SYS_SETRESGID
	sysFcntl          = unix.SYS_FCNTL
	sysUtimensat      = unix.SYS_UTIMENSAT
	sysPpoll          = unix.SYS_PPOLL
	sysRtSigtimedwait = unix.SYS_RT_SIGTIMEDWAIT
	sysMmap           = unix.SYS_MMAP
	sysFstatfs        = unix.SYS_FSTATFS
	sysClockGettime   = unix.SYS_CLOCK_GETTIME
)

// Fstatfs appends fstatfs(2). buf is a [Builder.Buffer] of [StatfsSize] bytes.
func (b *Builder) Fstatfs(fd, buf Arg) *Call { return b.Call(sysFstatfs, fd, buf) }

var fstatfsOperands = [...]operand{opFD, opPointer}
