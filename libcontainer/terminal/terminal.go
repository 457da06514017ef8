// Package terminal gives a container's process a pseudo-terminal (pty(7)), and
// gives the other end to the caller of rt.
//
// The init makes the terminal inside the container, from the container's own
// devpts, so that its name in /dev/pts is valid there. Everything below /dev
// belongs to the image or to processes that already run, and may be hostile. So
// only the multiplexer is opened by a path, and then checked. The process's end
// comes from it by a call (TIOCGPTPEER, Linux 4.13), and never by a name on
// which somebody may have mounted or linked something else (CVE-2025-52565).
package terminal

import (
	"encoding/binary"
	"os"

	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// Terminal is the terminal of a process while its program is compiled. The
// methods of a nil Terminal do nothing.
type Terminal struct {
	b *program.Builder
	// master is the end at which the process's output is read, and peer is the
	// process's end.
	master, peer program.Arg
}

// Root is the root for [Open] if that is the process's working directory.
var Root = program.Cwd

// Open makes a terminal if the process is to have one, and returns nil
// otherwise. root is a descriptor of the container's root directory, or [Root]
// when that is the working directory.
//
// Preconditions: the process has its privileges.
func Open(b *program.Builder, root program.Arg, p *specs.Process) *Terminal {
	if !p.Terminal {
		return nil
	}
	t := &Terminal{b: b}
	b.At("process.terminal", "")
	t.openMaster(root)
	b.Doing("unlock the terminal")
	b.Ioctl(t.master, unix.TIOCSPTLCK, b.Words32(0))
	b.Doing("open the process's end of the terminal")
	t.peer = b.Ioctl(t.master, unix.TIOCGPTPEER, program.Imm(unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC)).Result("terminal")
	t.setSize(p.ConsoleSize)
	b.At("process.user.uid", "")
	b.Doing("set owner of the terminal")
	// As for a login (ttyname(3)). A user namespace may not map the id, and a
	// devpts of another user namespace may refuse it.
	b.Fchown(t.peer, int(p.User.UID), -1).Ignore(unix.EPERM, unix.EINVAL, unix.EROFS)
	return t
}

// The device number of /dev/ptmx, and of the file of this name in every devpts.
const (
	ptmxMajor = 5
	ptmxMinor = 2
)

// IsMaster reports whether a file that came from a container is the end of a
// terminal that [Terminal.Pass] sends. Writing to any other file would do what
// the container wants, with the rights of the writer.
func IsMaster(file *os.File) bool {
	var st unix.Stat_t
	err := unix.Fstat(int(file.Fd()), &st)
	return err == nil && st.Mode&unix.S_IFMT == unix.S_IFCHR && st.Rdev == unix.Mkdev(ptmxMajor, ptmxMinor)
}

func (t *Terminal) openMaster(root program.Arg) {
	b := t.b
	b.Doing("open the container's /dev/pts/ptmx")
	absent, opened, ok := b.NewLabel(), b.NewLabel(), b.NewLabel()
	again := b.Here()
	t.master = b.Openat2(root, "dev/pts/ptmx", unix.O_RDWR|unix.O_NOCTTY, 0,
		unix.RESOLVE_IN_ROOT|unix.RESOLVE_NO_MAGICLINKS).
		On(unix.EAGAIN, again).On(unix.ENOENT, absent).Result("ptmx")
	b.Jump(opened)
	b.Bind(absent)
	b.FailSaying(unix.ENOENT, "the container has no /dev/pts/ptmx to make a terminal with: mount a devpts on /dev/pts")
	b.Bind(opened)
	st := b.Buffer(program.StatxSize)
	other := b.NewLabel()
	b.Statx(t.master, "", unix.AT_EMPTY_PATH, unix.STATX_TYPE, st)
	isDevice := b.NewLabel()
	b.JumpIfWord(st.At(program.StatxModeOff), program.StatxTypeMask, unix.S_IFCHR, isDevice)
	b.Bind(other)
	b.FailSaying(unix.ENODEV, "the container's /dev/pts/ptmx is not the terminal multiplexer (device 5:2)")
	b.Bind(isDevice)
	b.JumpIfDevice(st, ptmxMajor, ptmxMinor, ok)
	b.Jump(other)
	b.Bind(ok)
}

// setSize sets the size of the window that shows the terminal (TIOCSWINSZ in
// ioctl_tty(2)).
func (t *Terminal) setSize(size *specs.Box) {
	if size == nil {
		return
	}
	b := t.b
	b.At("process.consoleSize", "")
	b.Doing("set the terminal's size to %d rows of %d", size.Height, size.Width)
	window := binary.NativeEndian.AppendUint16(nil, uint16(size.Height))
	window = binary.NativeEndian.AppendUint16(window, uint16(size.Width))
	b.Ioctl(t.peer, unix.TIOCSWINSZ, b.Bytes(append(window, 0, 0, 0, 0))) // no size in pixels
}

// The kernel's struct termios: four words of flags, of which the output's are
// the second, the line discipline and the keys (TCGETS in ioctl_tty(2)).
const (
	termiosSize     = 4*4 + 1 + 19
	termiosOflagOff = 4
)

// KeepNewlines makes the terminal pass on the end of a line as the process
// writes it, \n. The kernel's default setting, ONLCR, puts \r in front. That is
// wrong for a reader behind a pipe, and for a user's terminal that adds \r
// itself (termios(3)).
//
// The receiver of [Terminal.Pass] finds the terminal like this: no output can
// have come before.
func (t *Terminal) KeepNewlines() {
	if t == nil {
		return
	}
	b := t.b
	b.At("process.terminal", "")
	b.Doing("clear ONLCR of the terminal")
	settings := b.Buffer(termiosSize)
	b.Ioctl(t.peer, unix.TCGETS, settings)
	oflag := settings.At(termiosOflagOff)
	b.Store(oflag, b.Load(oflag, ^uint32(unix.ONLCR), "output flags"))
	b.Ioctl(t.peer, unix.TCSETS, settings)
}

// Pass hands the terminal over. send appends the steps that send a descriptor to
// the creator.
func (t *Terminal) Pass(send func(fd program.Arg)) {
	if t == nil {
		return
	}
	t.b.At("process.terminal", "")
	t.b.Doing("pass the terminal to the creator")
	send(t.master)
	t.b.Close(t.master)
}

// Attach makes the terminal the process's stdin, stdout and stderr, and the
// controlling terminal of its session.
//
// Preconditions: the process leads a session without a terminal.
func (t *Terminal) Attach() {
	if t == nil {
		return
	}
	b := t.b
	b.At("process.terminal", "")
	b.Doing("take the terminal as the controlling one")
	b.Ioctl(t.peer, unix.TIOCSCTTY, program.Imm(0))
	b.Doing("make the terminal stdin, stdout and stderr")
	for fd := range 3 {
		b.Dup3(t.peer, program.Imm(fd), 0)
	}
	b.Close(t.peer)
}
