package device

import (
	"path"

	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// directory appends the steps that open a directory of the container, made if it
// is missing, and returns its descriptor. Its path is resolved inside the
// rootfs.
type directory func(path string) program.Arg

// How says where device nodes come from.
type How int

const (
	// Make makes nodes with the owner and the mode of the configuration.
	Make How = iota
	// Bind mounts the host's nodes over empty files, because only the host's
	// root may make devices (mknod(2)). The host must have the same device at
	// the same path. The owner and the mode stay as on the host.
	Bind
)

// Create makes the default devices, those of linux.devices and the links of
// /dev, unless the container brings a whole /dev of its own: see needed.
//
// Preconditions: the mounts are in place, the root directory is still the host's
// (its /proc shows whether there is a kcore), and the umask is 0.
func Create(b *program.Builder, dir directory, s *specs.Spec, how How) {
	if !needed(s.Mounts) {
		return
	}
	c := creator{b: b, how: how, open: dir, dirs: map[string]program.Arg{}, stat: b.Buffer(program.StatxSize)}
	for _, n := range nodes(s.Linux) {
		c.node(&n)
	}
	c.links()
	c.close()
}

// needed reports whether the runtime is to fill /dev. It is not if /dev is a
// bind mount, because its content belongs to somebody else.
func needed(mounts []specs.Mount) bool {
	for _, m := range mounts {
		if path.Join("/", m.Destination) == "/dev" && isBind(m.Options) {
			return false
		}
	}
	return true
}

func isBind(options []string) bool {
	for _, o := range options {
		if o == "bind" || o == "rbind" {
			return true
		}
	}
	return false
}

// creator makes the files. It opens each directory once.
type creator struct {
	b     *program.Builder
	how   How
	open  directory
	dirs  map[string]program.Arg
	order []string // of dirs
	stat  program.Arg
}

func (c *creator) dir(path string) program.Arg {
	fd, ok := c.dirs[path]
	if !ok {
		c.b.Doing("open %s", path)
		fd = c.open(path)
		c.dirs[path] = fd
		c.order = append(c.order, path)
	}
	return fd
}

func (c *creator) close() {
	for _, path := range c.order {
		c.b.Close(c.dirs[path])
	}
}

// node makes one node.
func (c *creator) node(n *node) {
	c.b.At(n.origin, n.path)
	dir, name := c.dir(path.Dir(n.path)), path.Base(n.path)
	if c.how == Bind && n.kind != unix.S_IFIFO {
		c.bind(n, dir, name)
		return
	}
	c.make(n, dir, name)
}

// make makes the node. A file that exists at its path must be the same device
// (config-linux.md, Devices), and keeps its owner and mode.
func (c *creator) make(n *node, dir program.Arg, name string) {
	b := c.b
	existing, done := b.NewLabel(), b.NewLabel()
	b.Doing("create device %s", n)
	b.Mknodat(dir, name, n.kind|n.perm, unix.Mkdev(n.major, n.minor)).On(unix.EEXIST, existing)
	if n.uid != 0 || n.gid != 0 {
		// Not by name: somebody who shares the directory may have put another
		// file in the place of the new one.
		fd := c.verified(dir, name, n)
		b.Doing("set owner of device %s", n)
		b.Fchownat(fd, "", n.uid, n.gid, unix.AT_EMPTY_PATH)
		b.Close(fd)
	}
	b.Jump(done)
	b.Bind(existing)
	b.Doing("create device %s", n)
	b.Close(c.verified(dir, name, n))
	b.Bind(done)
}

// bind mounts the host's node. It covers a file that exists.
func (c *creator) bind(n *node, dir program.Arg, name string) {
	b := c.b
	missing, done := b.NewLabel(), b.NewLabel()
	b.Doing("bind mount device %s", n)
	source := b.OpenTree(program.Cwd, n.path, unix.OPEN_TREE_CLONE).On(unix.ENOENT, missing).Result("device")
	c.verify(source, n, unix.ENODEV, "bind mount device %s: on the host another file is at this path", n)
	b.Mknodat(dir, name, unix.S_IFREG|n.perm, 0).Ignore(unix.EEXIST)
	target := b.Openat(dir, name, unix.O_PATH|unix.O_NOFOLLOW).Result("mount point")
	b.MoveMount(source, target)
	b.Close(target)
	b.Close(source)
	b.Jump(done)
	b.Bind(missing)
	b.FailSaying(unix.ENODEV, "bind mount device %s: the host has none at this path, and only the host's root can make one", n)
	b.Bind(done)
}

// verified opens the file with this name in dir, which must be the device n.
func (c *creator) verified(dir program.Arg, name string, n *node) program.Arg {
	fd := c.b.Openat(dir, name, unix.O_PATH|unix.O_NOFOLLOW).Result("device")
	c.verify(fd, n, unix.EEXIST, "create device %s: another file is in its place", n)
	return fd
}

// verify fails, with the errno and its text, unless fd is the device n.
func (c *creator) verify(fd program.Arg, n *node, errno unix.Errno, format string, args ...any) {
	b := c.b
	b.Statx(fd, "", unix.AT_EMPTY_PATH, unix.STATX_TYPE, c.stat)
	sameType, other, same := b.NewLabel(), b.NewLabel(), b.NewLabel()
	b.JumpIfWord(c.stat.At(program.StatxModeOff), program.StatxTypeMask, n.kind, sameType)
	b.Bind(other)
	b.FailSaying(errno, format, args...)
	b.Bind(sameType)
	b.JumpIfDevice(c.stat, n.major, n.minor, same)
	b.Jump(other)
	b.Bind(same)
}

// links makes the usual links of /dev. Existing ones stay.
func (c *creator) links() {
	b := c.b
	b.At("", "")
	dev := c.dir("/dev")
	b.At("", "")
	c.ptmx(dev)
	for _, l := range [][2]string{
		{"/proc/self/fd", "fd"},
		{"/proc/self/fd/0", "stdin"},
		{"/proc/self/fd/1", "stdout"},
		{"/proc/self/fd/2", "stderr"},
	} {
		c.link(l[0], dev, l[1])
	}
	c.core(dev)
}

func (c *creator) link(target string, dev program.Arg, name string) {
	c.b.Doing("create link /dev/%s", name)
	c.b.Symlinkat(target, dev, name).Ignore(unix.EEXIST)
}

// ptmx links /dev/ptmx to the container's own devpts. A node of the image in
// its place would make terminals of the host, so it is removed. A mount in its
// place (EBUSY) was asked for and stays, as does a file on a read-only file
// system.
func (c *creator) ptmx(dev program.Arg) {
	b := c.b
	done, taken := b.NewLabel(), b.NewLabel()
	b.Doing("create link /dev/ptmx")
	b.Symlinkat("pts/ptmx", dev, "ptmx").On(unix.EEXIST, taken)
	b.Jump(done)
	b.Bind(taken)
	b.Doing("replace /dev/ptmx")
	b.Unlinkat(dev, "ptmx", 0).On(unix.EBUSY, done).On(unix.EROFS, done)
	b.Symlinkat("pts/ptmx", dev, "ptmx")
	b.Bind(done)
}

// core links /dev/core to the kernel's memory image if this kernel has one.
func (c *creator) core(dev program.Arg) {
	b := c.b
	done := b.NewLabel()
	b.Doing("look for /proc/kcore")
	b.Faccessat(program.Cwd, "/proc/kcore", unix.F_OK).On(unix.ENOENT, done)
	c.link("/proc/kcore", dev, "core")
	b.Bind(done)
}
