package program

import "golang.org/x/sys/unix"

// fileSignatures are those of calls on files and descriptors.
var fileSignatures = []signature{
	{unix.SYS_OPENAT, "openat", []operand{opFD, opString, opOpen}},
	{unix.SYS_OPENAT2, "openat2", []operand{opFD, opString, {data: openHow}, opInt}},
	{unix.SYS_CLOSE, "close", []operand{opFD}},
	{unix.SYS_CLOSE_RANGE, "close_range", []operand{{value: rangeFD}, {value: rangeFD}, {value: flags, names: closeRangeNames}}},
	{unix.SYS_MKDIRAT, "mkdirat", []operand{opFD, opString, opMode}},
	{unix.SYS_MKNODAT, "mknodat", []operand{opFD, opString, opFileMode, opDevice}},
	{unix.SYS_SYMLINKAT, "symlinkat", []operand{opString, opFD, opString}},
	{unix.SYS_LINKAT, "linkat", []operand{opFD, opString, opFD, opString, opAtFlags}},
	{unix.SYS_UNLINKAT, "unlinkat", []operand{opFD, opString, {value: flags, names: unlinkNames}}},
	{unix.SYS_RENAMEAT2, "renameat2", []operand{opFD, opString, opFD, opString, opHex}},
	{unix.SYS_READLINKAT, "readlinkat", []operand{opFD, opString, opPointer, opInt}},
	{unix.SYS_FCHOWNAT, "fchownat", []operand{opFD, opString, opID, opID, opAtFlags}},
	{sysFchown, "fchown", []operand{opFD, opID, opID}},
	{unix.SYS_FCHMODAT, "fchmodat", []operand{opFD, opString, opMode}},
	{unix.SYS_FCHMODAT2, "fchmodat2", []operand{opFD, opString, opMode, opAtFlags}},
	{unix.SYS_FCHMOD, "fchmod", []operand{opFD, opMode}},
	{unix.SYS_FACCESSAT, "faccessat", []operand{opFD, opString, opAccess}},
	{unix.SYS_FACCESSAT2, "faccessat2", []operand{opFD, opString, opAccess, opAtFlags}},
	{unix.SYS_STATX, "statx", []operand{opFD, opString, opAtFlags, {value: flags, names: statxNames}, opPointer}},
	{sysFstatfs, "fstatfs", fstatfsOperands[:]},
	{unix.SYS_WRITE, "write", []operand{opFD, opBuffer, opInt}},
	{unix.SYS_READ, "read", []operand{opFD, opPointer, opInt}},
	{unix.SYS_PWRITE64, "pwrite64", []operand{opFD, opBuffer, opInt, opInt}},
	{unix.SYS_PREAD64, "pread64", []operand{opFD, opPointer, opInt, opInt}},
	{unix.SYS_LSEEK, "lseek", []operand{opFD, opInt, opInt}},
	{unix.SYS_FTRUNCATE, "ftruncate", []operand{opFD, opInt}},
	{unix.SYS_FSYNC, "fsync", []operand{opFD}},
	{unix.SYS_CHDIR, "chdir", []operand{opString}},
	{unix.SYS_FCHDIR, "fchdir", []operand{opFD}},
	{unix.SYS_CHROOT, "chroot", []operand{opString}},
	{unix.SYS_GETCWD, "getcwd", []operand{opPointer, opInt}},
	{unix.SYS_DUP, "dup", []operand{opFD}},
	{unix.SYS_DUP3, "dup3", []operand{opFD, opFD, opOpenOnly}},
	{unix.SYS_PIPE2, "pipe2", []operand{opPointer, opOpenOnly}},
	{unix.SYS_GETDENTS64, "getdents64", []operand{opFD, opPointer, opInt}},
	{unix.SYS_WRITEV, "writev", []operand{opFD, opPointer, opInt}},
	{unix.SYS_SENDFILE, "sendfile", []operand{opFD, opFD, opPointer, opInt}},
	{sysUtimensat, "utimensat", []operand{opFD, opString, opPointer, opAtFlags}},
	{unix.SYS_FLISTXATTR, "flistxattr", []operand{opFD, opPointer, opInt}},
	{unix.SYS_FGETXATTR, "fgetxattr", []operand{opFD, opString, opPointer, opInt}},
	{unix.SYS_FSETXATTR, "fsetxattr", []operand{opFD, opString, opBuffer, opInt, opHex}},
	{unix.SYS_MEMFD_CREATE, "memfd_create", []operand{opString, opHex}},
	{sysMmap, "mmap", mmapOperands[:]},
	{unix.SYS_MUNMAP, "munmap", []operand{opHex, opInt}},
}

var (
	// opOpenOnly is a set of O_ flags without an access mode.
	opOpenOnly = operand{value: flags, names: openNames}
	opAccess   = operand{value: access, names: accessNames}
)

var ioctlSignatures = []signature{
	{unix.TIOCSCTTY, "ioctl", []operand{opFD, opIoctl, opInt}},
	{unix.TIOCGPTPEER, "ioctl", []operand{opFD, opIoctl, opOpen}},
	{unix.TIOCSPTLCK, "ioctl", []operand{opFD, opIoctl, {data: intPointer}}},
	{unix.TCGETS, "ioctl", []operand{opFD, opIoctl, opPointer}},
	{unix.TCSETS, "ioctl", []operand{opFD, opIoctl, opPointer}},
	{unix.SIOCGIFFLAGS, "ioctl", []operand{opFD, opIoctl, {data: ifreq}}},
	{unix.SIOCSIFFLAGS, "ioctl", []operand{opFD, opIoctl, {data: ifreq}}},
	{0, "ioctl", []operand{opFD, opIoctl, opHex}},
}

var opIoctl = operand{value: enum, names: ioctlNames}

var fcntlSignatures = []signature{
	{unix.F_SETFL, "fcntl", []operand{opFD, opFcntl, opOpen}},
	{unix.F_SETFD, "fcntl", []operand{opFD, opFcntl, opInt}},
	{unix.F_GETFL, "fcntl", []operand{opFD, opFcntl}},
	{unix.F_GETFD, "fcntl", []operand{opFD, opFcntl}},
	{0, "fcntl", []operand{opFD, opFcntl, opHex}},
}

var opFcntl = operand{value: enum, names: fcntlNames}
