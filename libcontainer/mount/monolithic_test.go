package mount

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// TestLongOptions: what fsconfig(2) does not take goes to mount(2), such as the
// directories of an overlay that an engine keeps deep in its storage.
func TestLongOptions(t *testing.T) {
	h := newHost(t)
	h.must(os.Chmod(filepath.Dir(h.dir), 0o755))
	deep := strings.Repeat("d", 200) + "/" + strings.Repeat("e", 200)
	h.write(deep+"/low/one", "1")
	h.write(deep+"/lower/two", "2")
	h.mkdir(deep + "/up")
	h.mkdir(deep + "/work")
	overlay := specs.Mount{Destination: "/mnt/x", Type: "overlay", Source: "overlay", Options: []string{
		"lowerdir=" + h.path(deep) + "/low:" + h.path(deep) + "/lower", "upperdir=" + h.path(deep) + "/up",
		"workdir=" + h.path(deep) + "/work", "nosuid", "noatime", "rshared"}}
	readonly := specs.Mount{Destination: "/mnt/y", Type: "tmpfs", Source: strings.Repeat("s", 300), Options: []string{"ro", "size=4k", "mode=700"}}
	h.must(os.Chown(h.path("rootfs"), firstID, firstID))
	h.must(os.Chown(h.path(deep+"/up"), firstID, firstID))
	h.must(os.Chown(h.path(deep+"/work"), firstID, firstID))
	for _, c := range []RootConfig{own, inUser, {}} {
		k := h.startWith(c, overlay, readonly)
		k.expect("/mnt/x", "overlay", "rw,nosuid,noatime")
		k.expect("/mnt/y", "tmpfs", "ro,relatime", "ro", "size=4k", "mode=700")
		if got := k.mount("/mnt/x").kind(); got != "shared" {
			t.Errorf("the overlay is %q", got)
		}
		for _, name := range []string{"one", "two"} {
			if _, err := os.Stat(k.path("mnt/x/" + name)); err != nil {
				t.Error(err)
			}
		}
		if c.OwnNamespace {
			if n := len(k.mounts()); n != 3 {
				t.Errorf("the container has %d mounts, want 3", n)
			}
			continue
		}
		h.must(unix.Unmount(h.path("rootfs"), unix.MNT_DETACH))
	}
}

// TestLongOptionsFail: an error leaves nothing behind in a mount namespace that
// others share.
func TestLongOptionsFail(t *testing.T) {
	h := newHost(t)
	missing := "/" + strings.Repeat("x", 254) + "/y"
	overlay := specs.Mount{Destination: "/mnt", Type: "overlay", Source: "overlay", Options: []string{"lowerdir=" + missing}}
	for _, c := range []RootConfig{own, {}} {
		k := h.run(c, h.entries(overlay))
		if want := "mounts[0] (/mnt): mount overlay: no such file or directory"; k.err != want {
			t.Errorf("got %q, want %q", k.err, want)
		}
	}
	h.must(unix.Unmount(h.path("rootfs"), unix.MNT_DETACH))
	if m := at(h.mounts(), h.path("rootfs")); m != nil {
		t.Errorf("left: %+v", m)
	}
}

// TestLongLabel: a label is quoted, because mount(2) would take its commas for
// ends of options.
func TestLongLabel(t *testing.T) {
	e := Entry{Type: "tmpfs", Source: strings.Repeat("s", 256)}
	r := NewRoot(nil, RootConfig{Label: "u:r:t:s0:c1,c2", LabelType: "context"})
	if got, want := e.Options.Monolithic(r.monolithicLabel(&e, "tmpfs")), `context="u:r:t:s0:c1,c2"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	own, err := NewEntry(0, &specs.Mount{Type: "tmpfs", Options: []string{`size=1k,context="u:r:t:s0:c3,c4",noswap`}})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := own.Options.Monolithic(r.monolithicLabel(own, "tmpfs")), `size=1k,context="u:r:t:s0:c3,c4",noswap`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := r.monolithicLabel(&e, "proc"); got != "" {
		t.Errorf("proc gets the label %s", got)
	}
}
