package mount

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/oci-rt/rt/libcontainer/image"
	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/tests/need"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// host is a mount namespace that stands for the host's, so that nothing a test
// does can reach the real one. Its mounts begin with a shared tmpfs at dir.
type host struct {
	t   *testing.T
	dir string
}

// newHost moves the test's thread into a new mount namespace. The thread ends
// with the test, and the namespace with it.
func newHost(t *testing.T) *host {
	need.Root(t)
	h := &host{t, t.TempDir()}
	runtime.LockOSThread()
	h.must(unix.Unshare(unix.CLONE_NEWNS))
	h.must(unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""))
	h.mount(h.dir, "tmpfs", unix.MS_SHARED)
	t.Cleanup(func() { h.must(unix.Unmount(h.dir, unix.MNT_DETACH)) })
	h.mkdir("rootfs")
	h.must(unix.Chdir(h.dir)) // the thread's own: CLONE_NEWNS implies CLONE_FS
	return h
}

func (h *host) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// mount mounts a file system with this propagation type.
func (h *host) mount(path, fstype string, propagation uintptr) {
	h.t.Helper()
	h.must(unix.Mount(fstype, path, fstype, 0, ""))
	h.must(unix.Mount("", path, "", propagation, ""))
}

func (h *host) path(name string) string { return filepath.Join(h.dir, name) }

func (h *host) mkdir(name string) string {
	h.t.Helper()
	h.must(os.MkdirAll(h.path(name), 0o755))
	return h.path(name)
}

func (h *host) write(name, content string) string {
	h.t.Helper()
	h.mkdir(filepath.Dir(name))
	h.must(os.WriteFile(h.path(name), []byte(content), 0o644))
	return h.path(name)
}

func (h *host) symlink(target, name string) {
	h.t.Helper()
	h.mkdir(filepath.Dir(name))
	h.must(os.Symlink(target, h.path(name)))
}

// list returns the path and the type of everything below the directory.
func (h *host) list(name string) string {
	h.t.Helper()
	var b strings.Builder
	h.must(filepath.WalkDir(h.path(name), func(p string, d os.DirEntry, err error) error {
		if err == nil {
			fmt.Fprintln(&b, p, d.Type())
		}
		return err
	}))
	return b.String()
}

// mounts returns the mountinfo of the test's thread.
func (h *host) mounts() []mountLine {
	h.t.Helper()
	return readMountinfo(h.t, "thread-self")
}

// container is a process in a root built by a compiled program. It has its
// own mount, pid and ipc namespaces and waits.
type container struct {
	t   *testing.T
	pid int
	err string // what the failed step says, or ""
	// root is what the program was compiled by.
	root *Root
	// reported says that the report has come already.
	reported bool
}

// run compiles a program, runs it and waits until it has built the container
// or failed. steps come between Begin and Pivot, and sources are given to
// OpenSources.
func (h *host) run(c RootConfig, steps func(r *Root), sources ...specs.Mount) *container {
	h.t.Helper()
	if c.Path == "" {
		c.Path = h.path("rootfs")
	}
	k := &container{t: h.t}
	p := compile(h.t, c, h.dir, sources, func(r *Root) {
		k.root = r
		if steps != nil {
			steps(r)
		}
	})
	ours, theirs := h.socketpair()
	defer ours.Close()
	null, err := os.OpenFile("/dev/null", os.O_RDWR, 0)
	h.must(err)
	defer null.Close()
	l := image.Launch{
		Program: p, Stdio: [3]*os.File{null, null, null},
		Inputs: map[program.Input]*os.File{"sync": theirs},
	}
	if !c.UserNamespace {
		l.Cloneflags = cloneflags(c)
	}
	proc, err := l.Start()
	h.must(err)
	theirs.Close()
	k.pid = proc.Pid
	h.t.Cleanup(func() {
		h.must(unix.Kill(k.pid, unix.SIGKILL))
		k.reap()
		h.must(proc.Close())
	})
	if c.UserNamespace {
		k.enter(p, ours)
	}
	if k.err == "" && !k.reported {
		k.err = k.report(p, ours)
	}
	return k
}

// cloneflags are the namespaces of a container.
func cloneflags(c RootConfig) uintptr {
	flags := uintptr(unix.CLONE_NEWPID | unix.CLONE_NEWIPC)
	if c.OwnNamespace {
		flags |= unix.CLONE_NEWNS
	}
	return flags
}

// start is run, which must succeed.
func (h *host) start(c RootConfig, steps func(r *Root), sources ...specs.Mount) *container {
	h.t.Helper()
	k := h.run(c, steps, sources...)
	if k.err != "" {
		h.t.Fatal(k.err)
	}
	return k
}

// startWith starts a container with these mounts.
func (h *host) startWith(c RootConfig, mounts ...specs.Mount) *container {
	h.t.Helper()
	return h.start(c, h.entries(mounts...), mounts...)
}

// entries returns the steps of these elements of mounts.
func (h *host) entries(mounts ...specs.Mount) func(r *Root) {
	return func(r *Root) {
		h.t.Helper()
		for i := range mounts {
			h.must(r.Mount(i, &mounts[i], h.dir))
		}
	}
}

func (h *host) socketpair() (ours, theirs *os.File) {
	h.t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	h.must(err)
	return os.NewFile(uintptr(fds[0]), "ours"), os.NewFile(uintptr(fds[1]), "theirs")
}

// compile returns the program that reports when the root is built, and then
// waits to be killed.
func compile(t *testing.T, c RootConfig, bundle string, sources []specs.Mount, steps func(r *Root)) *program.Program {
	t.Helper()
	b := program.NewBuilder("sync")
	b.Umask(0)
	r := NewRoot(b, c)
	if err := r.OpenSources(sources, bundle); err != nil {
		t.Fatal(err)
	}
	if c.UserNamespace {
		enterUser(b, c)
	}
	r.Begin()
	if steps != nil {
		steps(r)
	}
	r.Pivot()
	b.At("", "")
	b.Doing("wait")
	b.WriteFrom(program.ReportSlot.Arg(), b.Words32(uint32(b.Next()), 0), program.ReportSize)
	b.Call(unix.SYS_PPOLL, program.Null, program.Imm(0), program.Null, program.Null)
	b.ExitGroup(0)
	p, err := b.Program()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// report returns the text of the failure that the program reports, or "". A
// program that asks for help gets none.
func (k *container) report(p *program.Program, conn *os.File) string {
	k.t.Helper()
	var buf [payloadSize]byte
	n, err := conn.Read(buf[:])
	if err != nil {
		k.t.Fatalf("no report: %v", err)
	}
	return k.failure(p, buf[:n])
}

// failure returns the text of a report, or "" if the report is not about a
// failure.
func (k *container) failure(p *program.Program, buf []byte) string {
	k.t.Helper()
	if len(buf) == payloadSize {
		q := k.root.Requests()[binary.NativeEndian.Uint32(buf[program.ReportSize:])]
		o := p.Origin(q.Step)
		return fmt.Sprintf("%s (%s): asks for help with %s", o.Path, o.Subject, q.Path)
	}
	step, errno := binary.NativeEndian.Uint32(buf), binary.NativeEndian.Uint32(buf[4:])
	if errno == 0 {
		return ""
	}
	o := p.Origin(int(step))
	text := fmt.Sprintf("%s (%s): %s", o.Path, o.Subject, o.Doing)
	if !o.Complete {
		text += ": " + unix.Errno(errno).Error()
	}
	return text
}

// path returns the path at which the test reaches the container's path.
func (k *container) path(name string) string {
	return fmt.Sprintf("/proc/%d/root/%s", k.pid, name)
}

// proc returns the path of one of the process's files in /proc.
func (k *container) proc(name string) string { return fmt.Sprintf("/proc/%d/%s", k.pid, name) }

// mounts returns the container's mountinfo.
func (k *container) mounts() []mountLine {
	k.t.Helper()
	return readMountinfo(k.t, strconv.Itoa(k.pid))
}

// mount returns the topmost mount at a path in the container.
func (k *container) mount(path string) mountLine {
	k.t.Helper()
	found := at(k.mounts(), path)
	if found == nil {
		k.t.Fatalf("nothing is mounted at %s", path)
	}
	return *found
}

// mountLine is a line of /proc/<pid>/mountinfo.
type mountLine struct {
	root, point, options, propagation string
	fstype, source, super             string
}

// at returns the last mount at the path, or nil.
func at(mounts []mountLine, path string) *mountLine {
	for i := len(mounts) - 1; i >= 0; i-- {
		if mounts[i].point == path {
			return &mounts[i]
		}
	}
	return nil
}

func readMountinfo(t *testing.T, process string) []mountLine {
	t.Helper()
	text, err := os.ReadFile("/proc/" + process + "/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	return parseMountLines(string(text))
}

func parseMountLines(text string) []mountLine {
	var mounts []mountLine
	for line := range strings.Lines(text) {
		before, after, _ := strings.Cut(strings.TrimSpace(line), " - ")
		f, g := strings.Fields(before), strings.Fields(after)
		mounts = append(mounts, mountLine{
			root: f[3], point: f[4], options: f[5], propagation: strings.Join(f[6:], " "),
			fstype: g[0], source: g[1], super: g[2],
		})
	}
	return mounts
}
