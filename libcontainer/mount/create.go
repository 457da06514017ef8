package mount

import (
	"strings"

	"github.com/oci-rt/rt/libcontainer/program"
	"golang.org/x/sys/unix"
)

// inParent calls create for the last component of the path, with a descriptor
// of its parent directory. Missing directories on the way are made: the steps
// go up to the deepest directory that exists and down again, so that mkdir(2)
// is not tried on directories that exist.
func (t *target) inParent(create func(dir program.Arg, name string)) {
	b := t.r.b
	names := strings.Split(t.path, "/")
	last := len(names) - 1
	if last == 0 {
		create(t.r.fd, names[0])
		return
	}
	dir := b.NewSlot("directory")
	openDir := func(depth int) *program.Call {
		return t.openPath(strings.Join(names[:depth], "/"), unix.O_DIRECTORY).ResultIn(dir)
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
	openDir(1).On(unix.ENOENT, t.dangling)
	for depth := 1; depth < last; depth++ {
		b.Bind(in[depth])
		b.Mkdirat(dir.Arg(), names[depth], 0o755).Ignore(unix.EEXIST)
		b.Close(dir.Arg())
		openDir(depth+1).On(unix.ENOENT, t.dangling)
	}
	b.Bind(in[last])
	create(dir.Arg(), names[last])
	b.Close(dir.Arg())
}

// makeDirectory creates the target as a directory. If somebody else was faster
// (EEXIST), it may be anything, so the target is opened by path again.
func (t *target) makeDirectory(dir program.Arg, name string) {
	t.r.b.Mkdirat(dir, name, 0o755).Ignore(unix.EEXIST)
}

// makeFile creates the target as an empty file.
//
// What exists although it was not found is a dangling symbolic link (images
// link /etc/resolv.conf into an empty /run). open(2) with O_CREAT creates the
// file that the link points to, inside the root. It is used for nothing else,
// because it really opens what it finds, and that might be a device by now.
// O_NONBLOCK keeps it from waiting for the other end of a FIFO.
func (t *target) makeFile(dir program.Arg, name string) {
	b := t.r.b
	dangling, done := b.NewLabel(), b.NewLabel()
	b.Mknodat(dir, name, unix.S_IFREG|0o644, 0).On(unix.EEXIST, dangling)
	b.Jump(done)
	b.Bind(dangling)
	again := b.Here()
	fd := b.Openat2(t.r.fd, t.path, unix.O_CREAT|unix.O_NONBLOCK|unix.O_NOCTTY, 0o644, t.resolve).
		On(unix.EAGAIN, again).On(unix.ENOENT, t.dangling).Result("created")
	b.Close(fd)
	b.Bind(done)
}

// makeLike creates the target as a directory if source is one and as a file
// otherwise.
func (t *target) makeLike(source, dir program.Arg, name string) {
	t.r.ifDirectory(source,
		func() { t.makeDirectory(dir, name) },
		func() { t.makeFile(dir, name) })
}

// ifDirectory appends the steps of directory for a descriptor of a directory,
// and those of other for anything else.
func (r *Root) ifDirectory(fd program.Arg, directory, other func()) {
	b := r.b
	isDir, done := b.NewLabel(), b.NewLabel()
	buf := r.statxBuffer()
	b.Statx(fd, "", unix.AT_EMPTY_PATH, unix.STATX_TYPE, buf)
	b.JumpIfWord(buf.At(program.StatxModeOff), program.StatxTypeMask, unix.S_IFDIR, isDir)
	other()
	b.Jump(done)
	b.Bind(isDir)
	directory()
	b.Bind(done)
}
