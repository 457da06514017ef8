package mount

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/oci-rt/rt/internal/mountinfo"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// rootCopy describes the host for [RootConfig.RootCopy].
func (h *host) rootCopy() *RootCopy {
	h.t.Helper()
	text, err := os.ReadFile("/proc/thread-self/mountinfo")
	h.must(err)
	return &RootCopy{Host: mountinfo.Parse(string(text))}
}

// below returns what is mounted below a container, after taking the container
// itself out of its mount namespace with the rights of the host's root.
func (k *container) below() (mounts []mountLine, err error) {
	k.t.Helper()
	namespace, err := os.Open(k.proc("ns/mnt"))
	if err != nil {
		k.t.Fatal(err)
	}
	defer namespace.Close()
	proc, err := os.Open("/proc")
	if err != nil {
		k.t.Fatal(err)
	}
	defer proc.Close()
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlocked
		err := errors.Join(unix.Unshare(unix.CLONE_FS), unix.Setns(int(namespace.Fd()), unix.CLONE_NEWNS))
		if err == nil {
			err = unix.Unmount("/", unix.MNT_DETACH)
		}
		if err == nil {
			err = unix.Setns(int(namespace.Fd()), unix.CLONE_NEWNS)
		}
		var text []byte
		if err == nil {
			text, err = readAt(proc, "thread-self/mountinfo")
		}
		mounts = parseMountLines(string(text))
		done <- err
	}()
	err = <-done
	return mounts, err
}

// readAt reads a file below a directory.
func readAt(dir *os.File, path string) ([]byte, error) {
	fd, err := unix.Openat(int(dir.Fd()), path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	f := os.NewFile(uintptr(fd), path)
	defer f.Close()
	return io.ReadAll(f)
}

// TestRootCopy: below a container is a root in which nothing is mounted and to
// which nobody can write. Only a process that unmounts the container's root
// gets there.
func TestRootCopy(t *testing.T) {
	h := newHost(t)
	h.write("rootfs/inside", "")
	over := h.mkdir("over")
	h.mount(over, "tmpfs", unix.MS_SHARED)
	h.mount(over, "proc", unix.MS_SHARED) // and another one on top
	k := h.start(RootConfig{OwnNamespace: true, RootCopy: h.rootCopy()}, h.entries(specs.Mount{Destination: "/proc", Type: "proc"}))
	if m := k.mounts(); len(m) != 2 || m[0].kind() != "" {
		t.Errorf("mounts: %+v", m)
	}
	m, err := k.below()
	if err != nil || len(m) != 1 || m[0].kind() != "" || !strings.HasPrefix(m[0].options, "ro,nosuid,nodev,noexec") {
		t.Errorf("below: %+v, %v", m, err)
	}
}

// TestRootCopyUser: with a user namespace nobody takes the container's root
// away.
func TestRootCopyUser(t *testing.T) {
	h := newHost(t)
	h.must(os.Chown(h.path("rootfs"), firstID, firstID))
	c := inUser
	c.RootCopy = h.rootCopy()
	k := h.startWith(c, specs.Mount{Destination: "/proc", Type: "proc"})
	if m := k.mounts(); len(m) != 2 {
		t.Errorf("mounts: %+v", m)
	}
	if m, err := k.below(); err != unix.EINVAL {
		t.Errorf("below: %+v, %v", m, err)
	}
}

// TestRootCopyUnprivileged: what cannot be unmounted or reached stays, but the proc
// file systems are covered.
func TestRootCopyUnprivileged(t *testing.T) {
	h := newHost(t)
	private := t.TempDir() // of a user that the container does not know
	unreachable := filepath.Join(private, "mnt")
	h.must(os.Mkdir(unreachable, 0o755))
	h.mount(unreachable, "tmpfs", unix.MS_SHARED)
	t.Cleanup(func() { h.must(unix.Unmount(unreachable, unix.MNT_DETACH)) })
	h.must(os.Chmod(private, 0o700))
	h.must(os.Chown(private, firstID-1, firstID-1))
	h.must(os.Chmod(filepath.Dir(h.dir), 0o755))
	h.must(os.Chown(h.path("rootfs"), firstID, firstID))
	c := inUser
	c.Unprivileged, c.RootCopy = true, h.rootCopy()
	k := h.startWith(c, specs.Mount{Destination: "/proc", Type: "proc"})
	if m := k.mounts(); len(m) != 2 {
		t.Errorf("mounts: %+v", m)
	}
	m, err := k.below()
	if proc := at(m, "/proc"); err != nil || proc == nil || proc.fstype != "tmpfs" {
		t.Errorf("below: %+v, %v", m, err)
	}
}

func TestLeftBelow(t *testing.T) {
	host := mountinfo.Parse(`20 1 0:1 / / rw - rootfs rootfs rw
21 20 0:2 / /proc rw - proc proc rw
22 20 0:3 / /a/b rw - tmpfs tmpfs rw
23 20 0:4 / /a rw - tmpfs tmpfs rw
24 23 0:5 / /a rw - tmpfs tmpfs rw
25 24 0:2 / /a/proc rw - proc proc rw
26 24 0:2 /sys /a/sys rw - proc proc rw
27 24 0:6 / /a/sysfs rw - sysfs sysfs rw
28 20 0:7 / / rw - tmpfs tmpfs rw
29 28 0:8 / /over rw - tmpfs tmpfs rw
30 29 0:8 / /over/in rw - tmpfs tmpfs rw
`)
	var got []string
	for _, m := range leftBelow(host) {
		got = append(got, m.ID+" "+m.Point)
	}
	want := []string{"23 /a", "24 /a", "22 /a/b", "25 /a/proc", "27 /a/sysfs", "29 /over", "21 /proc"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error("(-want +got)\n" + d)
	}
	if got := leftBelow(nil); got != nil {
		t.Errorf("of nothing: %v", got)
	}
}
