package mount

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
)

func TestReadonlyRoot(t *testing.T) {
	h := newHost(t)
	k := h.start(RootConfig{OwnNamespace: true, Readonly: true}, h.entries(
		specs.Mount{Destination: "/tmp", Type: "tmpfs"},
	))
	k.expect("/", "tmpfs", "ro,relatime")
	k.expect("/tmp", "tmpfs", "rw,relatime")
	if err := os.Mkdir(k.path("x"), 0o755); err == nil {
		t.Error("the root can be written to")
	}
	h.mkdir("rootfs/x") // the host's mount is not the container's
}

// TestPivot: nothing of the host can be reached from the finished container.
func TestPivot(t *testing.T) {
	h := newHost(t)
	h.write("rootfs/inside", "")
	k := h.start(own, nil)
	if m := k.mounts(); len(m) != 1 {
		t.Errorf("mounts: %+v", m)
	}
	for _, link := range []string{"root", "cwd"} {
		if st, want := inode(t, k.proc(link)), inode(t, h.path("rootfs")); st.Ino != want.Ino || st.Dev != want.Dev {
			t.Errorf("%s is not the rootfs", link)
		}
	}
	fds, err := os.ReadDir(k.proc("fd"))
	h.must(err)
	for _, fd := range fds {
		to, err := os.Readlink(k.proc("fd/" + fd.Name()))
		h.must(err)
		if to != "/" && to != "/dev/null" && strings.HasPrefix(to, "/") {
			t.Errorf("descriptor %s is %s", fd.Name(), to)
		}
	}
}

// TestManyMounts: descriptors do not pile up.
func TestManyMounts(t *testing.T) {
	h := newHost(t)
	k := h.start(own, func(r *Root) {
		for i := range 200 {
			m := specs.Mount{Destination: fmt.Sprintf("/a/b/%d", i), Source: ".", Options: []string{"bind", "ro"}}
			h.must(r.Mount(i, &m, h.dir))
		}
	})
	if fds, err := os.ReadDir(k.proc("fd")); err != nil || len(fds) > 10 {
		t.Errorf("%d descriptors are open, %v", len(fds), err)
	}
	if n := len(k.mounts()); n != 201 {
		t.Errorf("%d mounts", n)
	}
}
