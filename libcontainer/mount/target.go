package mount

import (
	"github.com/oci-rt/rt/libcontainer/program"
	"golang.org/x/sys/unix"
)

// Kind is the kind of a mount point.
type Kind int

const (
	Directory Kind = iota
	File
)

const (
	// inside resolves a path as if the root were the process's own, and never
	// follows the links of /proc that lead to objects instead of paths.
	inside = unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_MAGICLINKS
	// plain refuses symbolic links as well.
	plain = inside | unix.RESOLVE_NO_SYMLINKS
)

// Target returns an O_PATH descriptor of path inside the root. It follows
// symbolic links, and creates what is missing: directories with mode 0755 and a
// file with mode 0644, both owned by root.
//
// If the kind is Directory, what exists must be a directory; if it is File, it
// may be anything.
func (r *Root) Target(path string, kind Kind) program.Arg {
	if kind == File {
		t := r.newTarget(path, inside, MakeFile)
		return t.open(0, t.makeFile)
	}
	t := r.newTarget(path, inside, MakeDirectory)
	return t.open(unix.O_DIRECTORY, t.makeDirectory)
}

// Dir returns a descriptor of a directory in the root, as [Root.Target] does.
func (r *Root) Dir(path string) program.Arg { return r.Target(path, Directory) }

// plainTarget is Target for a directory that must be reached without symbolic
// links: the mount point of proc or sysfs. Otherwise the image could have them
// mounted elsewhere, and show files of its own to the container's init in their
// place (CVE-2019-19921).
func (r *Root) plainTarget(path, fstype string) program.Arg {
	t := r.newTarget(path, plain, MakeDirectory)
	t.fstype = fstype
	return t.open(unix.O_DIRECTORY, t.makeDirectory)
}

// bindTarget is Target for a mount of source, whose type decides what is
// created. If an existing target is of another type, move_mount(2) fails.
func (r *Root) bindTarget(path string, source program.Arg) program.Arg {
	t := r.newTarget(path, inside, MakeLike)
	t.source = source
	return t.open(0, func(dir program.Arg, name string) { t.makeLike(source, dir, name) })
}

// target is a path below the root that is opened, or created and opened.
type target struct {
	r       *Root
	path    string
	resolve uint64
	kind    RequestKind // what to ask for if a symbolic link points to nothing
	source  program.Arg // for MakeLike
	fstype  string      // a file system that needs an ordinary directory
	// dangling is where the steps go on if a symbolic link points to nothing,
	// and link if there is something else than an ordinary directory.
	dangling, link program.Label
	// existing, if not nil, appends steps for a target that was there already.
	existing func(target program.Arg)
}

func (r *Root) newTarget(path string, resolve uint64, kind RequestKind) *target {
	return &target{r: r, path: inRoot(path), resolve: resolve, kind: kind, dangling: r.b.NewLabel(), link: r.b.NewLabel()}
}

// openPath opens a path on the way to the target, or the target itself.
func (t *target) openPath(path string, flags int) *program.Call {
	c := t.r.openPath(path, flags, t.resolve)
	if t.resolve == plain {
		c.On(unix.ELOOP, t.link).On(unix.ENOTDIR, t.link)
	}
	return c
}

// open appends the steps that leave a descriptor of the target in a slot.
// create makes the target, by its name in its parent directory.
func (t *target) open(flags int, create func(dir program.Arg, name string)) program.Arg {
	b := t.r.b
	fd := b.NewSlot("target")
	missing, made, done := b.NewLabel(), b.NewLabel(), b.NewLabel()
	t.openPath(t.path, flags).ResultIn(fd).On(unix.ENOENT, missing)
	if t.existing != nil {
		t.existing(fd.Arg())
	}
	b.Jump(done)
	b.Bind(missing)
	t.inParent(create)
	b.Bind(made)
	t.openPath(t.path, flags).ResultIn(fd).On(unix.ENOENT, t.dangling)
	b.Jump(done)
	b.Bind(t.dangling)
	if t.resolve == plain {
		b.Fail(unix.ENOENT) // somebody keeps removing it
		b.Bind(t.link)
		// The text begins as runc's, because people look for that.
		b.FailSaying(unix.ELOOP, "filesystem %q must be mounted on ordinary directory, but the rootfs has a symbolic link or a file there or on the way", t.fstype)
	} else {
		t.r.ask(Request{Kind: t.kind, Path: t.path}, t.r.fd, t.source, made)
	}
	b.Bind(done)
	return fd.Arg()
}

// openPath opens a path below the root with O_PATH, which neither waits nor
// has an effect on a FIFO or a device.
//
// The kernel gives up with EAGAIN when something was mounted or renamed
// anywhere while it followed "..", because it then cannot tell whether it is
// still inside (openat2(2), NOTES).
func (r *Root) openPath(path string, flags int, resolve uint64) *program.Call {
	return r.openBelow(r.fd, path, flags, resolve)
}

// openBelow is openPath below another directory.
func (r *Root) openBelow(dir program.Arg, path string, flags int, resolve uint64) *program.Call {
	again := r.b.Here()
	return r.b.Openat2(dir, path, flags|unix.O_PATH, 0, resolve).On(unix.EAGAIN, again)
}

// statxBuffer returns the buffer for the results of statx(2).
func (r *Root) statxBuffer() program.Arg {
	if r.stat == program.Null {
		r.stat = r.b.Buffer(program.StatxSize)
	}
	return r.stat
}
