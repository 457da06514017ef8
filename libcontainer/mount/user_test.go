package mount

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// inUser is the root of a container with a user namespace of its own.
var inUser = RootConfig{OwnNamespace: true, UserNamespace: true}

// firstID is the first id on the host of the user namespaces in tests, and ids
// is the number of their ids.
const (
	firstID = 100000
	ids     = 65536
)

// enterUser appends the steps that bring the process into a new user namespace
// and into others that this one owns, as package namespace does.
func enterUser(b *program.Builder, c RootConfig) {
	b.At("", "")
	b.Doing("enter the user namespace")
	buf, child := b.Buffer(payloadSize), b.NewLabel()
	b.Unshare(unix.CLONE_NEWUSER)
	b.WriteFrom(program.ReportSlot.Arg(), b.Words32(uint32(b.Next()), 0), program.ReportSize)
	b.Read(program.ReportSlot.Arg(), buf, 1)
	b.Setresgid(0)
	b.Setresuid(0)
	pid := b.Fork(unix.CLONE_PARENT | uint64(cloneflags(c))).Result("child")
	b.JumpIf(pid, ^uint64(0), 0, child)
	b.Store(buf, program.Imm(0))
	b.Store(buf.At(program.ReportSize), pid)
	b.WriteFrom(program.ReportSlot.Arg(), buf, payloadSize)
	b.ExitGroup(0)
	b.Bind(child)
}

// enter is the other side of enterUser.
func (k *container) enter(p *program.Program, conn *os.File) {
	k.t.Helper()
	if k.err = k.report(p, conn); k.err != "" {
		return
	}
	for _, name := range []string{"uid_map", "gid_map"} {
		if err := os.WriteFile(k.proc(name), fmt.Appendf(nil, "0 %d %d", firstID, ids), 0); err != nil {
			k.t.Fatal(err)
		}
	}
	parent := *k
	defer parent.reap()
	var buf [payloadSize]byte
	if _, err := conn.Write(buf[:1]); err != nil {
		k.t.Fatal(err)
	}
	// The child may be faster than its parent, which tells its pid.
	for k.pid = 0; k.pid == 0; {
		n, err := conn.Read(buf[:])
		if err != nil {
			k.t.Fatal(err)
		}
		if n < len(buf) {
			k.err, k.reported = k.failure(p, buf[:n]), true
			continue
		}
		k.pid = int(binary.NativeEndian.Uint32(buf[program.ReportSize:]))
	}
}

func (k *container) reap() {
	k.t.Helper()
	if _, err := unix.Wait4(k.pid, nil, 0, nil); err != nil {
		k.t.Fatal(err)
	}
}

// TestUserNamespace: the container's root may not be allowed where the rootfs
// and the sources of mounts are.
func TestUserNamespace(t *testing.T) {
	h := newHost(t)
	h.mount(h.mkdir("closed"), "tmpfs", unix.MS_SHARED)
	for _, dir := range []string{"closed/rootfs", "closed/source", "closed/source/sub"} {
		h.must(os.Chown(h.mkdir(dir), firstID, firstID))
	}
	h.write("closed/file", "content")
	h.mount(h.path("closed/source/sub"), "tmpfs", unix.MS_SHARED)
	h.must(os.Chmod(h.path("closed"), 0o700))
	c := inUser
	c.Path, c.Readonly = h.path("closed/rootfs"), true
	k := h.startWith(c,
		specs.Mount{Destination: "/proc", Type: "proc"},
		specs.Mount{Destination: "/tmp", Type: "tmpfs", Options: []string{"nosuid", "size=4k"}},
		specs.Mount{Destination: "/bind", Source: h.path("closed/source"), Options: []string{"rbind", "ro"}},
		specs.Mount{Destination: "/shared", Source: h.path("closed/source"), Options: []string{"bind", "rshared"}},
		specs.Mount{Destination: "/file", Source: "closed/file", Options: []string{"bind"}},
	)
	k.expect("/", "tmpfs", "ro,relatime")
	k.expect("/proc", "proc", "rw,relatime")
	k.expect("/tmp", "tmpfs", "rw,nosuid,relatime", "uid=100000", "gid=100000")
	k.expect("/bind", "tmpfs", "ro,relatime")
	k.expect("/bind/sub", "tmpfs", "rw,relatime")
	k.expect("/shared", "tmpfs", "rw,relatime")
	if got, err := os.ReadFile(k.path("file")); string(got) != "content" {
		t.Errorf("read %q, %v", got, err)
	}
	if m := k.mounts(); len(m) != 7 {
		t.Errorf("mounts: %+v", m)
	}
	// What the container mounts in a volume does not reach the host.
	for path, want := range map[string]string{"/": "", "/bind": "master", "/bind/sub": "master", "/shared": "shared master"} {
		if got := k.mount(path).kind(); got != want {
			t.Errorf("%s is %q, want %q", path, got, want)
		}
	}
	k.mountTmpfs("/shared/sub")
	if n := len(h.mounts()); at(h.mounts(), h.path("closed/source/sub")).source == "container" {
		t.Errorf("the container's mount is the host's: %d", n)
	}
}

// TestUserNamespaceUnprivileged: the same without any right on the host. The
// sources are found by path then.
func TestUserNamespaceUnprivileged(t *testing.T) {
	h := newHost(t)
	h.must(os.Chmod(filepath.Dir(h.dir), 0o755))
	h.must(os.Chown(h.path("rootfs"), firstID, firstID))
	c := inUser
	c.Unprivileged = true
	dir := h.mkdir("dir")
	h.mount(dir, "tmpfs", unix.MS_SHARED)
	h.must(unix.Mount("", dir, "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_NOSUID|unix.MS_NODEV, ""))
	bind := func(options ...string) specs.Mount {
		return specs.Mount{Destination: "/dir", Source: dir, Options: append(options, "rbind")}
	}
	k := h.startWith(c, bind("ro", "noexec"))
	k.expect("/dir", "tmpfs", "ro,nosuid,nodev,noexec,relatime")
	if got := k.mount("/dir").kind(); got != "master" {
		t.Errorf("/dir is %q", got)
	}
	for _, option := range []string{"suid", "dev", "rdev", "noatime"} {
		want := "mounts[0] (/dir): set the attributes of the mount: " + locked
		if k := h.run(c, h.entries(bind(option))); k.err != want {
			t.Errorf("%s: got %q, want %q", option, k.err, want)
		}
	}
}

// TestForeignNetwork: if the user namespace does not own the network namespace,
// the container gets the host's /sys, with the attributes on all its mounts.
func TestForeignNetwork(t *testing.T) {
	h := newHost(t)
	h.must(os.Chown(h.path("rootfs"), firstID, firstID))
	k := h.startWith(inUser, specs.Mount{Destination: "/sys", Type: "sysfs", Source: "sysfs", Options: []string{"ro", "nosuid", "noatime"}})
	if m := k.mount("/sys"); m.fstype != "sysfs" {
		t.Errorf("/sys is %+v", m)
	}
	for _, m := range k.mounts()[1:] {
		if !strings.HasPrefix(m.options, "ro,nosuid") {
			t.Errorf("%s is mounted with %s", m.point, m.options)
		}
	}
}

// TestHostsMountsStayLocked: the root of the container cannot remove the
// attributes that the host gave a mount, nor see what is below a mount of the
// host.
func TestHostsMountsStayLocked(t *testing.T) {
	h := newHost(t)
	for _, dir := range []string{"rootfs", "rootfs/sub", "dir", "dir/sub"} {
		h.must(os.Chown(h.mkdir(dir), firstID, firstID))
	}
	for _, dir := range []string{"rootfs", "rootfs/sub", "dir", "dir/sub"} {
		h.mount(h.path(dir), "tmpfs", unix.MS_PRIVATE)
		h.must(os.Chmod(h.path(dir), 0o777))
		if dir == "rootfs" || dir == "dir" {
			h.mkdir(dir + "/sub")
		}
		flags := uintptr(unix.MS_NOSUID | unix.MS_NODEV)
		if dir == "dir" {
			flags |= unix.MS_RDONLY
		}
		h.must(unix.Mount("", h.path(dir), "", unix.MS_REMOUNT|unix.MS_BIND|flags, ""))
	}
	k := h.startWith(inUser,
		specs.Mount{Destination: "/dir", Source: h.path("dir"), Options: []string{"rbind"}},
		specs.Mount{Destination: "/made", Type: "tmpfs", Options: []string{"ro"}},
	)
	k.inside(func() {
		for _, path := range []string{"/", "/sub", "/dir", "/dir/sub", "/made"} {
			want := error(unix.EPERM)
			if path == "/made" {
				want = nil
			}
			if err := unix.Mount("", path, "", unix.MS_REMOUNT|unix.MS_BIND, ""); err != want {
				t.Errorf("remount %s read-write: %v, want %v", path, err, want)
			}
		}
		for _, path := range []string{"/sub", "/dir/sub", "/dir", "/made"} {
			want := error(nil)
			if strings.HasSuffix(path, "sub") {
				want = unix.EINVAL
			}
			if err := unix.Unmount(path, unix.MNT_DETACH); err != want {
				t.Errorf("unmount %s: %v, want %v", path, err, want)
			}
		}
	})
}
