package mount

import (
	"strings"

	"github.com/oci-rt/rt/libcontainer/program"
	"golang.org/x/sys/unix"
)

// Kind is what a mount goes onto.
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

// Target returns an O_PATH descriptor of path inside the root, symbolic links
// followed. What is missing is created: directories with mode 0755 and a file
// with mode 0644, both owned by root.
//
// A Directory that exists must be a directory; a File may be anything.
func (r *Root) Target(path string, kind Kind) program.Arg {
	t := target{r: r, path: inRoot(path), resolve: inside}
	if kind == File {
		return t.open(0, t.makeFile)
	}
	return t.open(unix.O_DIRECTORY, t.makeDirectory)
}

// Dir returns a descriptor of a directory in the root, as [Root.Target] does.
func (r *Root) Dir(path string) program.Arg { return r.Target(path, Directory) }

// plainTarget is Target for a directory that must be reached without symbolic
// links: the mount point of proc or sysfs. Otherwise the image could put them
// where nobody looks and show the container's init files of its own in their
// place (CVE-2019-19921).
func (r *Root) plainTarget(path string) program.Arg {
	t := target{r: r, path: inRoot(path), resolve: plain}
	r.b.Doing("open %s, which must be an ordinary directory", path)
	return t.open(unix.O_DIRECTORY, t.makeDirectory)
}

// bindTarget is Target for a mount of source, whose type decides what is
// created. A mismatch with what exists is left to move_mount(2).
func (r *Root) bindTarget(path string, source program.Arg) program.Arg {
	t := target{r: r, path: inRoot(path), resolve: inside}
	return t.open(0, func(dir program.Arg, name string) { t.makeLike(source, dir, name) })
}

// target is a path below the root that is opened, or created and opened.
type target struct {
	r       *Root
	path    string
	resolve uint64
}

// open appends the steps that leave a descriptor of the target in a slot.
// create makes it, by name in the directory that it belongs into.
func (t target) open(flags int, create func(dir program.Arg, name string)) program.Arg {
	b := t.r.b
	fd := b.NewSlot("target")
	missing, done := b.NewLabel(), b.NewLabel()
	t.r.openPath(t.path, flags, t.resolve).ResultIn(fd).On(unix.ENOENT, missing)
	b.Jump(done)
	b.Bind(missing)
	t.inParent(create)
	t.r.openPath(t.path, flags, t.resolve).ResultIn(fd)
	b.Bind(done)
	return fd.Arg()
}

// inParent calls create for the last component of the path, with a descriptor
// of the directory that it belongs into. Missing directories on the way are
// made: the steps go up to the deepest one that exists and down again, so that
// nothing is tried on directories that are there.
func (t target) inParent(create func(dir program.Arg, name string)) {
	b := t.r.b
	names := strings.Split(t.path, "/")
	last := len(names) - 1
	if last == 0 {
		create(t.r.fd, names[0])
		return
	}
	dir := b.NewSlot("directory")
	openDir := func(depth int) *program.Call {
		return t.r.openPath(strings.Join(names[:depth], "/"), unix.O_DIRECTORY, t.resolve).ResultIn(dir)
	}
	in := make([]program.Label, len(names)) // in[i]: dir holds the directory of names[i]
	for depth := last; depth > 0; depth-- {
		in[depth] = b.NewLabel()
		above := b.NewLabel()
		openDir(depth).On(unix.ENOENT, above)
		b.Jump(in[depth])
		b.Bind(above)
	}
	b.Mkdirat(t.r.fd, names[0], 0o755).Ignore(unix.EEXIST)
	openDir(1)
	for depth := 1; depth < last; depth++ {
		b.Bind(in[depth])
		b.Mkdirat(dir.Arg(), names[depth], 0o755).Ignore(unix.EEXIST)
		b.Close(dir.Arg())
		openDir(depth + 1)
	}
	b.Bind(in[last])
	create(dir.Arg(), names[last])
	b.Close(dir.Arg())
}

// makeDirectory creates the target as a directory. Whoever was faster
// (EEXIST) may have made anything: the target is opened by path again.
func (t target) makeDirectory(dir program.Arg, name string) {
	t.r.b.Mkdirat(dir, name, 0o755).Ignore(unix.EEXIST)
}

// makeFile creates the target as an empty file.
//
// Something that is there and still was not found is a dangling symbolic link
// (images link /etc/resolv.conf into an empty /run). open(2) with O_CREAT
// creates the file that it points to, inside the root. It is not used
// otherwise because it really opens what it finds, which might by now be a
// device; O_NONBLOCK keeps it from waiting for the other end of a FIFO.
func (t target) makeFile(dir program.Arg, name string) {
	b := t.r.b
	dangling, done := b.NewLabel(), b.NewLabel()
	b.Mknodat(dir, name, unix.S_IFREG|0o644, 0).On(unix.EEXIST, dangling)
	b.Jump(done)
	b.Bind(dangling)
	again := b.Here()
	fd := b.Openat2(t.r.fd, t.path, unix.O_CREAT|unix.O_NONBLOCK|unix.O_NOCTTY, 0o644, t.resolve).
		On(unix.EAGAIN, again).Result("created")
	b.Close(fd)
	b.Bind(done)
}

// makeLike creates the target as a directory if source is one and as a file
// otherwise.
func (t target) makeLike(source, dir program.Arg, name string) {
	b := t.r.b
	isDir, done := b.NewLabel(), b.NewLabel()
	buf := t.r.statxBuffer()
	b.Statx(source, "", unix.AT_EMPTY_PATH, unix.STATX_TYPE, buf)
	b.JumpIfWord(buf.At(program.StatxModeOff), program.StatxTypeMask, unix.S_IFDIR, isDir)
	t.makeFile(dir, name)
	b.Jump(done)
	b.Bind(isDir)
	t.makeDirectory(dir, name)
	b.Bind(done)
}

// openPath opens a path below the root with O_PATH, which neither waits nor
// has an effect on a FIFO or a device.
//
// The kernel gives up with EAGAIN when something was mounted or renamed
// anywhere while it followed "..", because it cannot tell then whether it is
// still inside (openat2(2), NOTES).
func (r *Root) openPath(path string, flags int, resolve uint64) *program.Call {
	again := r.b.Here()
	return r.b.Openat2(r.fd, path, flags|unix.O_PATH, 0, resolve).On(unix.EAGAIN, again)
}

// statxBuffer returns the buffer for the results of statx(2).
func (r *Root) statxBuffer() program.Arg {
	if r.stat == program.Null {
		r.stat = r.b.Buffer(program.StatxSize)
	}
	return r.stat
}
