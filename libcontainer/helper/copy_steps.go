package helper

import (
	"github.com/oci-rt/rt/libcontainer/program"
	"golang.org/x/sys/unix"
)

// within resolves a path below a directory without following any link.
const within = unix.RESOLVE_BENEATH | unix.RESOLVE_NO_SYMLINKS | unix.RESOLVE_NO_MAGICLINKS

// copySteps makes the programs of a copier. They copy from the directory first
// to the directory second.
type copySteps struct {
	*inputs
	from, to     program.Slot // directories
	in, out      program.Slot // files
	stat         program.Arg
	uid, gid     program.Slot
	mode, result program.Slot
	iov          program.Arg // two struct iovec
	header       program.Arg // of a message
	list, attr   program.Arg // buffers
}

// bufferSize is how much of a directory, or of extended attributes, is read at
// once, in bytes. With a header it must fit into a message.
const bufferSize = 32 << 10

func (c *copier) newSteps(doing string) *copySteps {
	b := c.builder("%s", doing)
	s := &copySteps{
		inputs: b,
		from:   b.NewSlot("from"), to: b.NewSlot("to"), in: b.NewSlot("in"), out: b.NewSlot("out"),
		stat: b.Buffer(program.StatxSize),
		uid:  b.NewSlot("uid"), gid: b.NewSlot("gid"), mode: b.NewSlot("mode"), result: b.NewSlot("result"),
		iov: b.Buffer(2 * program.IovecSize), header: b.Buffer(headerSize),
		list: b.Buffer(bufferSize), attr: b.Buffer(bufferSize),
	}
	b.StoreLong(s.iov, s.header)
	b.StoreLong(s.iov.At(program.IovecLenOff), program.Imm(headerSize))
	return s
}

// send sends result bytes of content about file or directory i.
func (b *copySteps) send(kind, i int, content program.Arg) {
	b.sendSize(kind, i, content, b.result.Arg())
}

func (b *copySteps) sendSize(kind, i int, content, size program.Arg) {
	second := b.iov.At(program.IovecSize)
	b.Store(b.header, program.Imm(i))
	b.Store(b.header.At(4), program.Imm(kind))
	b.StoreLong(second, content)
	b.StoreLong(second.At(program.IovecLenOff), size)
	b.Writev(program.Imm(program.FirstInput), b.iov, 2)
}

// open opens a directory, or goes to gone if it does not exist any more (ENOENT).
func (b *copySteps) open(root program.Arg, dir string, into program.Slot, gone program.Label) {
	b.Openat2(root, dir, unix.O_RDONLY|unix.O_DIRECTORY, 0, within).ResultIn(into).On(unix.ENOENT, gone)
}

// listDir sends the names in directory i and the names of its attributes.
func (b *copySteps) listDir(i int, dir string) {
	b.Doing("list the directory /%s", dir)
	gone, end := b.NewLabel(), b.NewLabel()
	b.open(b.first, dir, b.in, gone)
	again := b.Here()
	b.Getdents(b.in.Arg(), b.list, bufferSize).ResultIn(b.result)
	b.JumpIf(b.result.Arg(), ^uint64(0), 0, end)
	b.send(kindNames, i, b.list)
	b.Jump(again)
	b.Bind(end)
	if dir != "." { // the root directory has its own
		b.listAttrs(kindDirAttrs, i)
	}
	b.Close(b.in.Arg())
	b.Bind(gone)
}

// copyAll copies entries, one directory after the other.
func (b *copySteps) copyAll(entries []entry) {
	for i := 0; i < len(entries); {
		dir := entries[i].dir
		b.Doing("copy the directory /%s", dir)
		gone := b.NewLabel()
		b.open(b.first, dir, b.from, gone)
		b.open(b.second, dir, b.to, gone)
		for ; i < len(entries) && entries[i].dir == dir; i++ {
			b.Doing("copy /%s", entries[i].path())
			b.copy(i, &entries[i])
		}
		b.Close(b.from.Arg())
		b.Close(b.to.Arg())
		b.Bind(gone)
	}
}

func (b *copySteps) copy(i int, e *entry) {
	switch e.kind {
	case unix.DT_DIR:
		b.Mkdirat(b.to.Arg(), e.name, 0o700)
	case unix.DT_REG:
		b.copyFile(i, e.name)
	case unix.DT_LNK:
		b.copyLink(e.name)
	case unix.DT_FIFO, unix.DT_SOCK:
		b.copyNode(e.name)
	case unix.DT_CHR, unix.DT_BLK:
		b.describe(i, e.name)
	}
}

// copyFile copies a regular file. Another kind of file that has taken its place
// meanwhile is left out. O_NONBLOCK keeps the program from waiting for the other
// end of a FIFO.
func (b *copySteps) copyFile(i int, name string) {
	regular, again, end, done := b.NewLabel(), b.NewLabel(), b.NewLabel(), b.NewLabel()
	b.Openat(b.from.Arg(), name, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_NOCTTY).
		ResultIn(b.in).On(unix.ENOENT, done).On(unix.ELOOP, done).On(unix.ENXIO, done)
	b.statx(b.in.Arg(), "", unix.AT_EMPTY_PATH)
	b.JumpIfWord(b.stat.At(program.StatxModeOff), program.StatxTypeMask, unix.S_IFREG, regular)
	b.Close(b.in.Arg())
	b.Jump(done)

	b.Bind(regular)
	b.Create(b.to.Arg(), name, unix.O_WRONLY|unix.O_EXCL|unix.O_NOFOLLOW, 0o600).ResultIn(b.out)
	b.Bind(again)
	b.Sendfile(b.out.Arg(), b.in.Arg(), 1<<30).ResultIn(b.result)
	b.JumpIf(b.result.Arg(), ^uint64(0), 0, end)
	b.Jump(again)
	b.Bind(end)
	b.complete(i)
	b.Close(b.in.Arg())
	b.Close(b.out.Arg())
	b.Bind(done)
}

// statx stores what a copy gets from its original.
func (b *copySteps) statx(dir program.Arg, name string, flags int) {
	b.Statx(dir, name, flags, unix.STATX_BASIC_STATS, b.stat)
	b.LoadInto(b.uid, b.stat.At(program.StatxUIDOff), program.WholeWord)
	b.LoadInto(b.gid, b.stat.At(program.StatxGIDOff), program.WholeWord)
}

// complete gives the open copy of file i owner, mode, extended attributes and
// times. An owner that the user namespace does not map cannot be set (EINVAL).
func (b *copySteps) complete(i int) {
	b.FchownTo(b.out.Arg(), b.uid.Arg(), b.gid.Arg()).Ignore(unix.EINVAL)
	b.LoadInto(b.mode, b.stat.At(program.StatxModeOff), 0o7777)
	b.Fchmod(b.out.Arg(), b.mode.Arg())
	b.listAttrs(kindFileAttrs, i)
	b.Utimensat(b.out.Arg(), "", b.CopyTimes(b.stat), 0)
}

// copyLink copies a symbolic link. Another kind of file that has taken its place
// is left out.
func (b *copySteps) copyLink(name string) {
	target := b.Buffer(unix.PathMax) // one for each link: the kernel writes no NUL
	done := b.NewLabel()
	b.Readlinkat(b.from.Arg(), name, target, unix.PathMax-1).On(unix.ENOENT, done).On(unix.EINVAL, done)
	b.statx(b.from.Arg(), name, unix.AT_SYMLINK_NOFOLLOW)
	b.SymlinkatFrom(target, b.to.Arg(), name)
	b.completeName(name)
	b.Bind(done)
}

// copyNode copies a FIFO or a socket. Nothing listens on the copy of a socket.
func (b *copySteps) copyNode(name string) {
	node, done := b.NewLabel(), b.NewLabel()
	b.statx(b.from.Arg(), name, unix.AT_SYMLINK_NOFOLLOW)
	for _, kind := range []uint32{unix.S_IFIFO, unix.S_IFSOCK} {
		b.JumpIfWord(b.stat.At(program.StatxModeOff), program.StatxTypeMask, kind, node)
	}
	b.Jump(done)
	b.Bind(node)
	b.LoadInto(b.mode, b.stat.At(program.StatxModeOff), unix.S_IFMT|0o7777)
	b.MknodatMode(b.to.Arg(), name, b.mode.Arg())
	b.completeName(name)
	b.Bind(done)
}

// completeName gives the copy with that name its owner and times.
func (b *copySteps) completeName(name string) {
	b.FchownatTo(b.to.Arg(), name, b.uid.Arg(), b.gid.Arg(), unix.AT_SYMLINK_NOFOLLOW).Ignore(unix.EINVAL)
	b.Utimensat(b.to.Arg(), name, b.CopyTimes(b.stat), unix.AT_SYMLINK_NOFOLLOW)
}

// completeDir completes the copy of a directory.
func (b *copySteps) completeDir(dir string) {
	b.Doing("complete the copy of /%s", dir)
	gone := b.NewLabel()
	b.open(b.first, dir, b.in, gone)
	b.open(b.second, dir, b.out, gone)
	b.statx(b.in.Arg(), "", unix.AT_EMPTY_PATH)
	b.FchownTo(b.out.Arg(), b.uid.Arg(), b.gid.Arg()).Ignore(unix.EINVAL)
	b.LoadInto(b.mode, b.stat.At(program.StatxModeOff), 0o7777)
	b.Fchmod(b.out.Arg(), b.mode.Arg())
	b.Utimensat(b.out.Arg(), "", b.CopyTimes(b.stat), 0)
	b.Close(b.in.Arg())
	b.Close(b.out.Arg())
	b.Bind(gone)
}
