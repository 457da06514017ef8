package program

import "golang.org/x/sys/unix"

// The methods in the calls_*.go files append one system call each. They set no
// policy: flags are the kernel's. Only O_CLOEXEC is added, because no
// descriptor may ever reach the container's process by accident.

// Openat appends openat(2).
func (b *Builder) Openat(dir Arg, path string, flags int) *Call {
	return b.Call(unix.SYS_OPENAT, dir, b.String(path), Imm(flags|unix.O_CLOEXEC))
}

// Openat2 appends openat2(2) (Linux 5.6). resolve is a set of RESOLVE_ flags.
func (b *Builder) Openat2(dir Arg, path string, flags int, mode uint32, resolve uint64) *Call {
	how := b.Words(uint64(flags|unix.O_CLOEXEC), uint64(mode), resolve)
	return b.Call(unix.SYS_OPENAT2, dir, b.String(path), how, Imm(unix.SizeofOpenHow))
}

// Close appends close(2).
func (b *Builder) Close(fd Arg) *Call { return b.Call(unix.SYS_CLOSE, fd) }

// CloseRange appends close_range(2) (Linux 5.9; CLOSE_RANGE_CLOEXEC: 5.11).
func (b *Builder) CloseRange(first, last uint, flags uint) *Call {
	return b.Call(unix.SYS_CLOSE_RANGE, Imm(first), Imm(last), Imm(flags))
}

// Mkdirat appends mkdirat(2).
func (b *Builder) Mkdirat(dir Arg, path string, mode uint32) *Call {
	return b.Call(unix.SYS_MKDIRAT, dir, b.String(path), Imm(mode))
}

// Mknodat appends mknodat(2). mode includes the file type; dev is made by
// unix.Mkdev.
func (b *Builder) Mknodat(dir Arg, path string, mode uint32, dev uint64) *Call {
	return b.Call(unix.SYS_MKNODAT, dir, b.String(path), Imm(mode), Imm(dev))
}

// Symlinkat appends symlinkat(2).
func (b *Builder) Symlinkat(target string, dir Arg, path string) *Call {
	return b.Call(unix.SYS_SYMLINKAT, b.String(target), dir, b.String(path))
}

// Unlinkat appends unlinkat(2).
func (b *Builder) Unlinkat(dir Arg, path string, flags int) *Call {
	return b.Call(unix.SYS_UNLINKAT, dir, b.String(path), Imm(flags))
}

// Fchownat appends fchownat(2).
func (b *Builder) Fchownat(dir Arg, path string, uid, gid uint32, flags int) *Call {
	return b.Call(unix.SYS_FCHOWNAT, dir, b.String(path), Imm(uid), Imm(gid), Imm(flags))
}

// Statx appends statx(2) (Linux 4.11), the one stat call whose result has the
// same layout on every architecture. buf is a [Builder.Buffer] of
// [StatxSize] bytes.
func (b *Builder) Statx(dir Arg, path string, flags int, mask uint32, buf Arg) *Call {
	return b.Call(unix.SYS_STATX, dir, b.String(path), Imm(flags), Imm(mask), buf)
}

// Layout of struct statx, in bytes, and of the words that programs compare.
const (
	StatxSize = 256
	// StatxModeOff is the offset of the word whose lower half is stx_mode, and
	// StatxTypeMask selects the file type (S_IFMT) in it.
	StatxModeOff  = 28 - 2*bigEndian
	StatxTypeMask = unix.S_IFMT
	// StatxUIDOff and StatxGIDOff are the offsets of stx_uid and stx_gid.
	StatxUIDOff = 20
	StatxGIDOff = 24
	// statxRdevOff is the offset of stx_rdev_major and, behind it,
	// stx_rdev_minor.
	statxRdevOff = 128
	// statxCtimeOff is the offset of stx_ctime, and stx_mtime follows right
	// behind.
	statxCtimeOff = 96
)

// JumpIfDevice goes to l if the file that statx(2) has described in buf is the
// device major:minor.
func (b *Builder) JumpIfDevice(buf Arg, major, minor uint32, l Label) {
	sameMajor, other := b.NewLabel(), b.NewLabel()
	b.JumpIfWord(buf.At(statxRdevOff), WholeWord, major, sameMajor)
	b.Jump(other)
	b.Bind(sameMajor)
	b.JumpIfWord(buf.At(statxRdevOff+4), WholeWord, minor, l)
	b.Bind(other)
}

// Write appends write(2) of a constant string.
func (b *Builder) Write(fd Arg, data string) *Call {
	return b.Call(unix.SYS_WRITE, fd, b.String(data), Imm(len(data)))
}

// WriteFrom appends write(2) of n bytes at addr.
func (b *Builder) WriteFrom(fd, addr Arg, n int) *Call {
	return b.Call(unix.SYS_WRITE, fd, addr, Imm(n))
}

// Read appends read(2) of up to n bytes to addr, in a [Builder.Buffer].
func (b *Builder) Read(fd, addr Arg, n int) *Call {
	return b.Call(unix.SYS_READ, fd, addr, Imm(n))
}

// Fchdir appends fchdir(2).
func (b *Builder) Fchdir(fd Arg) *Call { return b.Call(unix.SYS_FCHDIR, fd) }

// Chroot appends chroot(2).
func (b *Builder) Chroot(path string) *Call { return b.Call(unix.SYS_CHROOT, b.String(path)) }

// Dup3 appends dup3(2).
func (b *Builder) Dup3(from, to Arg, flags int) *Call {
	return b.Call(unix.SYS_DUP3, from, to, Imm(flags))
}

// Ioctl appends ioctl(2).
func (b *Builder) Ioctl(fd Arg, request uint, arg Arg) *Call {
	return b.Call(unix.SYS_IOCTL, fd, Imm(request), arg)
}

// Accept4 appends accept4(2) without a peer address.
func (b *Builder) Accept4(fd Arg) *Call {
	return b.Call(unix.SYS_ACCEPT4, fd, Null, Null, Imm(unix.SOCK_CLOEXEC))
}

// Faccessat appends faccessat(2). mode is a set of R_OK, W_OK, X_OK, or F_OK.
func (b *Builder) Faccessat(dir Arg, path string, mode uint32) *Call {
	return b.Call(unix.SYS_FACCESSAT, dir, b.String(path), Imm(uint64(mode)))
}

// Faccessat2 appends faccessat2(2) (Linux 5.8). Unlike faccessat(2) it can
// check the effective ids and capabilities, with AT_EACCESS.
func (b *Builder) Faccessat2(dir Arg, path string, mode uint32, flags int) *Call {
	return b.Call(unix.SYS_FACCESSAT2, dir, b.String(path), Imm(uint64(mode)), Imm(flags))
}

// Fchown appends fchown(2). The id -1 is left alone.
func (b *Builder) Fchown(fd Arg, uid, gid int) *Call {
	return b.Call(sysFchown, fd, Imm(uid), Imm(gid))
}

// FchownTo is Fchown to ids that are known only when the program runs.
func (b *Builder) FchownTo(fd, uid, gid Arg) *Call { return b.Call(sysFchown, fd, uid, gid) }

// Fchmod appends fchmod(2).
func (b *Builder) Fchmod(fd, mode Arg) *Call { return b.Call(unix.SYS_FCHMOD, fd, mode) }

// Fsetxattr appends fsetxattr(2).
func (b *Builder) Fsetxattr(fd Arg, name, value string) *Call {
	return b.Call(unix.SYS_FSETXATTR, fd, b.String(name), b.String(value), Imm(len(value)), Imm(0))
}

// DupAbove appends the fcntl(2) that duplicates fd to a number of at least min.
func (b *Builder) DupAbove(fd Arg, min int) *Call {
	return b.Call(sysFcntl, fd, Imm(unix.F_DUPFD_CLOEXEC), Imm(min))
}
