package mount

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// TestTakesAfter: a tmpfs looks like the directory that it covers, unless
// options say something else.
func TestTakesAfter(t *testing.T) {
	h := newHost(t)
	for _, name := range []string{"dir", "given", "owned", "ro", "attr"} {
		h.must(os.Chown(h.mkdir("rootfs/"+name), 1000, 1001))
		h.must(os.Chmod(h.path("rootfs/"+name), 0o750|os.ModeSetgid|os.ModeSticky))
	}
	h.symlink("dir", "rootfs/link")
	tmpfs := func(to string, options ...string) specs.Mount {
		return specs.Mount{Destination: to, Type: "tmpfs", Options: options}
	}
	k := h.start(own, h.entries(
		tmpfs("/link", "size=8k"), tmpfs("/given", "mode=700"), tmpfs("/owned", "uid=5"), tmpfs("/new"),
		tmpfs("/ro", "ro", "noexec"), tmpfs("/attr", "rro"), tmpfs("/ro/new"),
	))
	tests := []struct {
		path     string
		mode     uint32
		uid, gid uint32
	}{
		{"dir", 0o3750, 1000, 1001},
		{"given", 0o700, 0, 0},
		{"owned", 0o3750, 5, 0},
		{"new", 0o1777, 0, 0},
		{"ro", 0o3750, 1000, 1001},
		{"attr", 0o3750, 1000, 1001},
	}
	for _, test := range tests {
		st := inode(t, k.path(test.path))
		if st.Mode&0o7777 != test.mode || st.Uid != test.uid || st.Gid != test.gid {
			t.Errorf("%s has mode %o and owner %d:%d, want %o and %d:%d", test.path, st.Mode&0o7777, st.Uid, st.Gid, test.mode, test.uid, test.gid)
		}
	}
	k.expect("/dir", "tmpfs", "rw,relatime", "size=8k", "mode=3750")
	k.expect("/owned", "tmpfs", "rw,relatime", "mode=3750", "uid=5")
	k.expect("/ro", "tmpfs", "ro,noexec,relatime", "ro", "mode=3750")
	k.expect("/attr", "tmpfs", "ro,relatime", "rw")
	k.expect("/ro/new", "tmpfs", "rw,relatime")
}

// TestModeText: every mode is spelled as tmpfs wants it, and mountinfo shows
// it, except the default mode.
func TestModeText(t *testing.T) {
	h := newHost(t)
	var mounts []specs.Mount
	for _, mode := range []uint32{0, 0o1, 0o755, 0o1777, 0o777, 0o2345, 0o7654, 0o7777} {
		path := fmt.Sprintf("/%o", mode)
		h.must(os.Mkdir(h.path("rootfs"+path), 0))
		h.must(unix.Chmod(h.path("rootfs"+path), mode))
		mounts = append(mounts, specs.Mount{Destination: path, Type: "tmpfs"})
	}
	k := h.start(own, h.entries(mounts...))
	for _, m := range mounts {
		var mode uint32
		fmt.Sscanf(m.Destination, "/%o", &mode)
		if got := inode(t, k.path(m.Destination)).Mode & 0o7777; got != mode {
			t.Errorf("%s has mode %o", m.Destination, got)
		}
		want := fmt.Sprintf("rw,mode=%03o", mode)
		if mode == 0o1777 {
			want = "rw"
		}
		super := strings.ReplaceAll(k.mount(m.Destination).super, ",inode64", "")
		if super != want {
			t.Errorf("%s has the options %s, want %s", m.Destination, super, want)
		}
	}
}

// TestTakesAfterUnmapped: a user that the user namespace does not map cannot
// own anything there.
func TestTakesAfterUnmapped(t *testing.T) {
	h := newHost(t)
	h.must(os.Chown(h.path("rootfs"), firstID, firstID))
	h.must(os.Chown(h.mkdir("rootfs/mapped"), firstID+7, firstID+8))
	h.must(os.Chmod(h.mkdir("rootfs/unmapped"), 0o711))
	k := h.start(inUser, h.entries(
		specs.Mount{Destination: "/mapped", Type: "tmpfs"},
		specs.Mount{Destination: "/unmapped", Type: "tmpfs"},
	))
	if st := inode(t, k.path("mapped")); st.Uid != firstID+7 || st.Gid != firstID+8 {
		t.Errorf("the owner is %d:%d", st.Uid, st.Gid)
	}
	if st := inode(t, k.path("unmapped")); st.Mode&0o7777 != 0o711 {
		t.Errorf("the mode is %o", st.Mode&0o7777)
	}
}
