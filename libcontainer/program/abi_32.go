//go:build 386 || arm

package program

import "golang.org/x/sys/unix"

// These architectures have each of these calls twice: the older one takes ids of
// 16 bits, sizes and offsets of 32, or times of 32 (the _time64 calls are from
// Linux 5.1).
const (
	sysFchown         = unix.SYS_FCHOWN32
	sysSetgroups      = unix.SYS_SETGROUPS32
	sysSetresuid      = unix.SYS_SETRESUID32
	sysSetresgid      = unix.SYS_SETRESGID32
	sysFcntl          = unix.SYS_FCNTL64
	sysUtimensat      = unix.SYS_UTIMENSAT_TIME64
	sysPpoll          = unix.SYS_PPOLL_TIME64
	sysRtSigtimedwait = unix.SYS_RT_SIGTIMEDWAIT_TIME64
	sysMmap           = unix.SYS_MMAP2
	sysFstatfs        = unix.SYS_FSTATFS64
	sysClockGettime   = unix.SYS_CLOCK_GETTIME64
)

// Fstatfs appends fstatfs64(2). buf is a [Builder.Buffer] of [StatfsSize] bytes.
// The call wants to be told the size of struct statfs64, which is packed to a
// multiple of 4 bytes.
func (b *Builder) Fstatfs(fd, buf Arg) *Call { return b.Call(sysFstatfs, fd, Imm(84), buf) }

var fstatfsOperands = [...]operand{opFD, opInt, opPointer}
