package process

import (
	"github.com/oci-rt/rt/libcontainer/program"
	"golang.org/x/sys/unix"
)

// Cwd is the working directory of the process while the program that enters
// it is compiled.
//
// The directory is entered as root first, because the runtime may reach what
// the container's user cannot. If root has no access (NFS with root_squash,
// FUSE), the user tries again: see [Cwd.Retry].
type Cwd struct {
	path    string
	pending program.Arg // a word: 1 if the first try was not permitted
}

// MakeCwd makes the working directory if it is missing: images rely on that.
// dir opens a directory inside the rootfs, and makes it if it is missing.
//
// Preconditions: the rootfs is still writable.
func MakeCwd(b *program.Builder, dir func(path string) program.Arg, path string) {
	b.At("process.cwd", path)
	b.Doing("make directory")
	b.Close(dir(path))
}

// EnterCwd enters the working directory.
//
// A link in the proc file system, such as /proc/self/fd/7, would lead to an
// open directory of the host (CVE-2024-21626). So magic links are not followed
// (ELOOP), and nothing else leads out of the root.
//
// Preconditions: root and current directory are the container's root.
func EnterCwd(b *program.Builder, path string) Cwd {
	c := Cwd{path: path, pending: b.Buffer(4)}
	denied, done := b.NewLabel(), b.NewLabel()
	c.at(b)
	fd := c.open(b).On(unix.EACCES, denied).Result("cwd")
	b.Fchdir(fd).On(unix.EACCES, denied)
	b.Close(fd)
	b.Jump(done)
	b.Bind(denied)
	b.Store(c.pending, program.Imm(1))
	b.Bind(done)
	return c
}

// Retry enters the directory if that was not permitted before. It comes behind
// [User].
func (c Cwd) Retry(b *program.Builder) {
	done := b.NewLabel()
	c.at(b)
	b.JumpIfWord(c.pending, program.WholeWord, 0, done)
	fd := c.open(b).Result("cwd")
	b.Fchdir(fd)
	b.Close(fd)
	b.Bind(done)
}

func (c Cwd) at(b *program.Builder) {
	b.At("process.cwd", c.path)
	b.Doing("change directory")
}

// open tries again when the kernel could not tell whether ".." stays inside,
// because something was renamed or mounted meanwhile (openat2(2), NOTES).
func (c Cwd) open(b *program.Builder) *program.Call {
	again := b.Here()
	return b.Openat2(program.Cwd, c.path, unix.O_PATH|unix.O_DIRECTORY, 0,
		unix.RESOLVE_IN_ROOT|unix.RESOLVE_NO_MAGICLINKS).On(unix.EAGAIN, again)
}
