package mount

import (
	"os"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// TestVisible: a root that is mounted at its path becomes the root as any other
// does, even if something is mounted over it.
func TestVisible(t *testing.T) {
	tests := []struct {
		name   string
		user   bool
		closed bool // for the root of the user namespace
	}{
		{"host", false, false},
		{"user", true, false},
		{"user, not allowed there", true, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			h := newHost(t)
			h.mount(h.mkdir("dir"), "tmpfs", unix.MS_SHARED)
			h.must(os.Chown(h.mkdir("dir/rootfs"), firstID, firstID))
			openWay(t, h)
			if test.closed {
				h.must(os.Chmod(h.path("dir"), 0o700))
			}
			before := len(h.mounts())
			c := RootConfig{Path: h.path("dir/rootfs"), OwnNamespace: true, UserNamespace: test.user, Visible: true, Readonly: true}
			k := h.startWith(c, specs.Mount{Destination: "/tmp", Type: "tmpfs"})
			k.expect("/", "tmpfs", "ro,relatime")
			k.expect("/tmp", "tmpfs", "rw,relatime")
			if n := len(k.mounts()); n != 2 {
				t.Errorf("the container has %d mounts, want 2", n)
			}
			k = h.startWith(c,
				specs.Mount{Destination: "/", Type: "tmpfs", Source: "newroot"},
				specs.Mount{Destination: "/", Type: "tmpfs", Source: "newest"},
				specs.Mount{Destination: "/tmp", Type: "tmpfs"},
			)
			if m := k.mounts(); len(m) != 2 || k.mount("/").source != "newest" {
				t.Errorf("the container has the mounts %+v", m)
			}
			if list := h.list("dir/rootfs"); strings.Count(list, "\n") != 2 { // itself and the first one's tmp
				t.Errorf("the rootfs holds:\n%s", list)
			}
			if after := len(h.mounts()); after != before {
				t.Errorf("the host has %d mounts, %d before", after, before)
			}
		})
	}
}

// openWay lets everybody through to the host's directory.
func openWay(t *testing.T, h *host) {
	t.Helper()
	for _, dir := range []string{h.dir, h.dir + "/.."} {
		h.must(os.Chmod(dir, 0o755))
	}
}
