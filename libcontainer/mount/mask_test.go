package mount

import (
	"os"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

func TestMask(t *testing.T) {
	h := newHost(t)
	for _, name := range []string{"secret", "d1/inner", "d2/inner", "real/inner"} {
		h.write("rootfs/"+name, "secret")
	}
	h.symlink("/real", "rootfs/link")
	h.symlink("../secret", "rootfs/d3/link")
	h.must(unix.Mkfifo(h.path("rootfs/fifo"), 0o644))
	before := h.list("rootfs")
	k := h.start(own, func(r *Root) {
		r.Mask([]string{"/secret", "/d1", "/none", "/d2", "/secret/none", "/link/inner", "/d3/link", "/fifo", "/none/none"})
	})
	for _, path := range []string{"secret", "real/inner", "d3/link", "fifo"} {
		if got, err := os.ReadFile(k.path(path)); err != nil || len(got) > 0 {
			t.Errorf("%s: read %q, %v, want nothing", path, got, err)
		}
		// Without O_CREAT: that is for the host's /dev/null to refuse.
		if f, err := os.OpenFile(k.path(path), os.O_WRONLY, 0); err != nil {
			t.Errorf("%s: %v", path, err)
		} else {
			f.Close()
		}
	}
	for _, path := range []string{"d1", "d2"} {
		if got, err := os.ReadDir(k.path(path)); err != nil || len(got) > 0 {
			t.Errorf("%s: has %v, %v, want nothing", path, got, err)
		}
		if err := os.Mkdir(k.path(path)+"/x", 0o755); err == nil {
			t.Errorf("%s can be written to", path)
		}
		k.expect("/"+path, "tmpfs", "ro,nosuid,nodev,noexec,relatime", "ro")
	}
	if one, two := inode(t, k.path("d1")), inode(t, k.path("d2")); one.Dev != two.Dev {
		t.Error("the masked directories have a file system each")
	}
	if after := h.list("rootfs"); after != before {
		t.Errorf("the rootfs was changed:\n%s", after)
	}
}

// TestNamedTwice: engines and the additions of users name a path more than once.
func TestNamedTwice(t *testing.T) {
	h := newHost(t)
	h.mkdir("rootfs/dir")
	h.write("rootfs/file", "secret")
	h.mkdir("rootfs/readonly")
	k := h.start(own, func(r *Root) {
		r.ReadonlyPaths([]string{"/readonly", "/readonly/", "/dir/../readonly"})
		r.Mask([]string{"/dir", "/file", "/dir/", "//file"})
	})
	count := map[string]int{}
	for _, m := range k.mounts() {
		count[m.point]++
	}
	for _, path := range []string{"/dir", "/file", "/readonly"} {
		if count[path] != 1 {
			t.Errorf("%s is mounted %d times", path, count[path])
		}
	}
}

func inode(t *testing.T, path string) (st unix.Stat_t) {
	t.Helper()
	if err := unix.Stat(path, &st); err != nil {
		t.Fatal(err)
	}
	return st
}

// TestMaskDevNull: only the null device may be mounted over what is masked.
func TestMaskDevNull(t *testing.T) {
	h := newHost(t)
	h.write("rootfs/secret", "secret")
	mask := func(r *Root) { r.Mask([]string{"/secret"}) }
	const want = "linux.maskedPaths (): check that the host's /dev/null is the null device: "

	h.must(unix.Mount(h.write("file", "other"), "/dev/null", "", unix.MS_BIND, ""))
	if got := h.run(own, mask).err; got != want+"no such device" {
		t.Errorf("with a file: %s", got)
	}
	h.must(unix.Unmount("/dev/null", unix.MNT_DETACH))
	h.must(unix.Mount("/dev/zero", "/dev/null", "", unix.MS_BIND, ""))
	if got := h.run(own, mask).err; got != want+"no such device" {
		t.Errorf("with /dev/zero: %s", got)
	}
	h.must(unix.Unmount("/dev/null", unix.MNT_DETACH))
	// The container's own /dev/null plays no part.
	h.symlink("/secret", "rootfs/dev/null")
	k := h.start(own, mask)
	if got, err := os.ReadFile(k.path("secret")); err != nil || len(got) > 0 {
		t.Errorf("read %q, %v", got, err)
	}
}

func TestReadonlyPaths(t *testing.T) {
	h := newHost(t)
	h.write("rootfs/dir/file", "")
	h.write("rootfs/file", "")
	k := h.start(own, func(r *Root) {
		h.entries(
			specs.Mount{Destination: "/proc", Type: "proc", Options: []string{"nosuid"}},
			specs.Mount{Destination: "/dir/sub", Type: "tmpfs"},
		)(r)
		r.ReadonlyPaths([]string{"/proc/sys", "/dir", "/file", "/none", "/file/none", "/proc/nothing/here"})
	})
	k.expect("/proc", "proc", "rw,nosuid,relatime")
	k.expect("/proc/sys", "proc", "ro,nosuid,relatime")
	k.expect("/dir", "tmpfs", "ro,relatime")
	k.expect("/file", "tmpfs", "ro,relatime")
	k.expect("/dir/sub", "tmpfs", "rw,relatime")
	if err := os.WriteFile(k.path("proc/sys/kernel/hostname"), []byte("x"), 0); err == nil {
		t.Error("/proc/sys can be written to")
	}
	if err := os.WriteFile(k.path("dir/file"), []byte("x"), 0o644); err == nil {
		t.Error("/dir can be written to")
	}
}
