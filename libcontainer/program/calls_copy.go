package program

import "golang.org/x/sys/unix"

// The methods in this file are for copying files.

// Create appends openat(2) with O_CREAT.
func (b *Builder) Create(dir Arg, path string, flags int, mode uint32) *Call {
	return b.Call(unix.SYS_OPENAT, dir, b.String(path), Imm(flags|unix.O_CREAT|unix.O_CLOEXEC), Imm(mode))
}

// Getdents appends getdents64(2) of up to n bytes to addr.
func (b *Builder) Getdents(fd, addr Arg, n int) *Call {
	return b.Call(unix.SYS_GETDENTS64, fd, addr, Imm(n))
}

// Writev appends writev(2) of n struct iovec.
func (b *Builder) Writev(fd, iov Arg, n int) *Call {
	return b.Call(unix.SYS_WRITEV, fd, iov, Imm(n))
}

// Sendfile appends sendfile(2) of up to n bytes from in, at its offset, to out.
func (b *Builder) Sendfile(out, in Arg, n int) *Call {
	return b.Call(unix.SYS_SENDFILE, out, in, Null, Imm(n))
}

// Readlinkat appends readlinkat(2) of up to n bytes to addr.
func (b *Builder) Readlinkat(dir Arg, path string, addr Arg, n int) *Call {
	return b.Call(unix.SYS_READLINKAT, dir, b.String(path), addr, Imm(n))
}

// SymlinkatFrom is Symlinkat with a target that is known only when the program
// runs.
func (b *Builder) SymlinkatFrom(target, dir Arg, path string) *Call {
	return b.Call(unix.SYS_SYMLINKAT, target, dir, b.String(path))
}

// MknodatMode is Mknodat of a file that is no device, with a type and mode that
// are known only when the program runs.
func (b *Builder) MknodatMode(dir Arg, path string, mode Arg) *Call {
	return b.Call(unix.SYS_MKNODAT, dir, b.String(path), mode, Imm(0))
}

// FchownatTo is Fchownat to ids that are known only when the program runs.
func (b *Builder) FchownatTo(dir Arg, path string, uid, gid Arg, flags int) *Call {
	return b.Call(unix.SYS_FCHOWNAT, dir, b.String(path), uid, gid, Imm(flags))
}

// Utimensat appends utimensat(2). times are two struct timespec of 64-bit
// fields, of access and of modification. With an empty path it is about dir
// itself.
func (b *Builder) Utimensat(dir Arg, path string, times Arg, flags int) *Call {
	name := Null
	if path != "" {
		name = b.String(path)
	}
	return b.Call(sysUtimensat, dir, name, times, Imm(flags))
}

// Flistxattr appends flistxattr(2) of up to n bytes to addr.
func (b *Builder) Flistxattr(fd, addr Arg, n int) *Call {
	return b.Call(unix.SYS_FLISTXATTR, fd, addr, Imm(n))
}

// Fgetxattr appends fgetxattr(2) of up to n bytes to addr.
func (b *Builder) Fgetxattr(fd Arg, name string, addr Arg, n int) *Call {
	return b.Call(unix.SYS_FGETXATTR, fd, b.String(name), addr, Imm(n))
}

// FsetxattrFrom is Fsetxattr of size bytes at addr.
func (b *Builder) FsetxattrFrom(fd Arg, name string, addr, size Arg) *Call {
	return b.Call(unix.SYS_FSETXATTR, fd, b.String(name), addr, size, Imm(0))
}
