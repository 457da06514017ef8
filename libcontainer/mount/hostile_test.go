package mount

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

const (
	ordinary = "must be mounted on ordinary directory, but the rootfs has a symbolic link or a file there or on the way"
	// nowhere is a link that points to nothing: see package helper.
	nowhere = "asks for help with "
)

// TestOrdinaryDirectory: proc and sysfs must be mounted on an ordinary
// directory (CVE-2019-19921).
func TestOrdinaryDirectory(t *testing.T) {
	for _, fstype := range []string{"proc", "sysfs"} {
		tests := []struct {
			name, destination, want string
			prepare                 func(h *host)
		}{
			{"link", "/p", ordinary, func(h *host) { h.mkdir("rootfs/bad"); h.symlink("/bad", "rootfs/p") }},
			{"link to itself", "/p", ordinary, func(h *host) { h.symlink("p", "rootfs/p") }},
			{"dangling link", "/p", ordinary, func(h *host) { h.symlink("/bad", "rootfs/p") }},
			{"link on the way", "/a/p", ordinary, func(h *host) { h.mkdir("rootfs/b/p"); h.symlink("b", "rootfs/a") }},
			{"link on the way to create", "/a/p", ordinary, func(h *host) { h.mkdir("rootfs/b"); h.symlink("b", "rootfs/a") }},
			{"file", "/p", ordinary, func(h *host) { h.write("rootfs/p", "") }},
			{"file on the way", "/a/p", ordinary, func(h *host) { h.write("rootfs/a", "") }},
			{"missing", "/a/b/p", "", func(*host) {}},
		}
		for _, test := range tests {
			t.Run(fstype+"/"+test.name, func(t *testing.T) {
				h := newHost(t)
				test.prepare(h)
				want := test.want
				if want != "" {
					want = fmt.Sprintf("mounts[0] (%s): filesystem %q %s", test.destination, fstype, want)
				}
				k := h.run(own, h.entries(specs.Mount{Destination: test.destination, Type: fstype}))
				if k.err != want {
					t.Errorf("got %q, want %q", k.err, want)
				}
			})
		}
	}
}

// TestLinksStayInside: whatever the image links mount points to, the mounts
// come to lie inside its rootfs, or nowhere. The host has no /inside, so that
// not even a failing test can do harm.
func TestLinksStayInside(t *testing.T) {
	dir := func(to string) specs.Mount {
		return specs.Mount{Destination: to, Type: "tmpfs", Source: "probe"}
	}
	file := func(to string) specs.Mount {
		return specs.Mount{Destination: to, Source: "source", Options: []string{"bind"}}
	}
	tests := []struct {
		name, link string // link is at /link; VICTIM stands for a directory of the host
		mount      specs.Mount
		at         string // where it must be mounted
		err        string // or what must be said
	}{
		{name: "absolute", link: "/inside", mount: dir("/link"), at: "/inside"},
		{name: "upwards", link: "../../../../../inside", mount: dir("/link"), at: "/inside"},
		{name: "on the way", link: "/inside", mount: dir("/link/a/b"), at: "/inside/a/b"},
		{name: "to the root", link: "/..", mount: dir("/link/inside/new"), at: "/inside/new"},
		{name: "dots in the destination", link: "/inside", mount: dir("/../link/../link/x"), at: "/inside/x"},
		{name: "to the host", link: "VICTIM", mount: dir("/link"), err: nowhere},
		{name: "to the host on the way", link: "VICTIM", mount: dir("/link/x"), err: nowhere},
		{name: "to the host deeper on the way", link: "VICTIM", mount: dir("/link/x/y/z"), err: nowhere},
		{name: "nothing", link: "/none", mount: dir("/link"), err: nowhere},
		{name: "itself", link: "link", mount: dir("/link"), err: "find or make the mount point of tmpfs: too many levels of symbolic links"},
		{name: "file", link: "/inside/passwd", mount: file("/link"), at: "/inside/passwd"},
		{name: "dangling file", link: "inside/new", mount: file("/link"), at: "/inside/new"},
		{name: "dangling file upwards", link: "../../inside/new", mount: file("/link"), at: "/inside/new"},
		{name: "dangling file in nothing", link: "/run/none/x", mount: file("/link"), err: nowhere},
		{name: "file of the host", link: "VICTIM/file", mount: file("/link"), err: nowhere},
		{name: "new file of the host", link: "VICTIM/new", mount: file("/link"), err: nowhere},
		{name: "FIFO", link: "inside/fifo", mount: file("/link"), at: "/inside/fifo"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			h := newHost(t)
			h.write("source", "probe")
			h.write("victim/file", "victim")
			h.write("rootfs/inside/passwd", "")
			h.must(unix.Mkfifo(h.path("rootfs/inside/fifo"), 0o644))
			h.symlink(strings.ReplaceAll(test.link, "VICTIM", h.path("victim")), "rootfs/link")
			before := h.list("victim")

			k := h.run(own, h.entries(test.mount))
			want := test.err
			if want == nowhere {
				want += inRoot(test.mount.Destination)
			}
			if want != "" {
				want = "mounts[0] (" + test.mount.Destination + "): " + want
			}
			if k.err != want {
				t.Fatalf("got %q, want %q", k.err, want)
			}
			if want == "" {
				k.mount(test.at)
			}
			if after := h.list("victim"); after != before {
				t.Errorf("the host was changed:\n%s", after)
			}
		})
	}
}

// TestMagicLinks: the links of /proc to a process's root, directories and
// descriptors lead out of the rootfs.
func TestMagicLinks(t *testing.T) {
	for _, link := range []string{"/proc/self/cwd", "/proc/self/root", "/proc/1/fd/0", "/proc/self/fd/4"} {
		for _, to := range []string{"/link", "/link/new"} {
			h := newHost(t)
			h.symlink(link, "rootfs/link")
			k := h.run(own, h.entries(
				specs.Mount{Destination: "/proc", Type: "proc"},
				specs.Mount{Destination: to, Type: "tmpfs"},
			))
			want := "mounts[1] (" + to + "): find or make the mount point of tmpfs: too many levels of symbolic links"
			if k.err != want {
				t.Errorf("%s on %s: got %q, want %q", to, link, k.err, want)
			}
		}
	}
	h := newHost(t)
	h.symlink("/proc/self/root/secret", "rootfs/link")
	k := h.run(own, func(r *Root) {
		h.entries(specs.Mount{Destination: "/proc", Type: "proc"})(r)
		r.Mask([]string{"/link"})
	})
	if want := "linux.maskedPaths[0] (/link): mask: too many levels of symbolic links"; k.err != want {
		t.Errorf("got %q, want %q", k.err, want)
	}
}

// TestRace: while containers start, somebody who shares their rootfs keeps
// exchanging a directory and a link to the host (CVE-2021-30465,
// CVE-2024-45310).
func TestRace(t *testing.T) {
	h := newHost(t)
	h.write("source", "probe")
	h.mkdir("victim")
	h.mkdir("rootfs/dir")
	h.mkdir("rootfs/volume")
	h.symlink(h.path("victim"), "rootfs/volume/link")
	h.mkdir("rootfs/volume/dir")
	h.symlink("../volume/dir", "rootfs/way")
	stop := h.exchange("rootfs/volume", "link", "dir")
	began := time.Now()
	mounted := 0
	for i := 0; i < 100 && time.Since(began) < 5*time.Second; i++ {
		k := h.run(own, func(r *Root) {
			h.entries(
				specs.Mount{Destination: "/volume/dir/a/b", Type: "tmpfs"},
				specs.Mount{Destination: "/way/file", Source: "source", Options: []string{"bind"}},
				specs.Mount{Destination: "/volume/dir/" + string(rune('a'+i%26)), Type: "tmpfs"},
			)(r)
			r.Mask([]string{"/volume/dir/a", "/way"})
		})
		if k.err == "" {
			mounted++
		}
		if list := h.list("victim"); strings.Count(list, "\n") != 1 {
			t.Fatalf("round %d: the host was changed:\n%s", i, list)
		}
		for _, m := range h.mounts() {
			if strings.HasPrefix(m.point, h.path("victim")) {
				t.Fatalf("round %d: mounted on the host: %+v", i, m)
			}
		}
	}
	if n := stop(); n < 100 || mounted == 0 {
		t.Errorf("%d exchanges and %d successes: no race", n, mounted)
	}
}

// While paths below /proc are masked and made read-only, somebody who shares the rootfs
// has moved the directory away on which it is mounted, and the mount with it. What is
// missing is left out. Then the directory comes back.
func TestMountOfHiddenIsMoved(t *testing.T) {
	h := newHost(t)
	h.mkdir("rootfs/proc")
	h.mkdir("rootfs/other")
	moved := h.movesOnce("rootfs", "proc", "other")
	c := own
	c.Hidden = []string{"/proc/sys", "/proc/driver"}
	k := h.start(c, func(r *Root) {
		h.entries(specs.Mount{Destination: "/proc", Type: "proc"})(r)
		moved(r.b)
		r.ReadonlyPaths([]string{"/proc/sys"})
		r.Mask([]string{"/proc/driver"})
		moved(r.b)
	})
	k.expect("/proc", "proc", "rw,relatime")
	k.expect("/proc/sys", "proc", "ro,relatime")
	k.expect("/proc/driver", "tmpfs", "ro,nosuid,nodev,noexec,relatime", "ro")
}

// movesOnce returns a function that appends steps in which somebody, who is not in the
// container's mount namespace, exchanges two names in a directory.
func (h *host) movesOnce(dir, one, two string) func(b *program.Builder) {
	h.t.Helper()
	d, err := os.Open(h.path(dir))
	h.must(err)
	h.t.Cleanup(func() { d.Close() })
	fifo := func(name string) *os.File {
		h.must(unix.Mkfifo(h.path(name), 0o600))
		f, err := os.OpenFile(h.path(name), os.O_RDWR, 0)
		h.must(err)
		h.t.Cleanup(func() { f.Close() })
		return f
	}
	asked, done := fifo("asked"), fifo("done")
	go func() {
		for buf := make([]byte, 1); ; {
			if _, err := asked.Read(buf); err != nil {
				return // closed: the test is over
			}
			if err := unix.Renameat2(int(d.Fd()), one, int(d.Fd()), two, unix.RENAME_EXCHANGE); err != nil {
				h.t.Errorf("exchange: %v", err)
			}
			_, _ = done.Write(buf)
		}
	}()
	return func(b *program.Builder) {
		b.Write(b.Openat(program.Cwd, h.path("asked"), unix.O_WRONLY).Result("asked"), "x")
		b.Read(b.Openat(program.Cwd, h.path("done"), unix.O_RDONLY).Result("done"), b.Buffer(1), 1)
	}
}

// exchange keeps swapping two names in a directory until the returned function
// is called, which returns how often it did.
func (h *host) exchange(dir, one, two string) (stop func() int) {
	h.t.Helper()
	d, err := os.Open(h.path(dir)) // other threads do not have this mount
	h.must(err)
	quit, count := make(chan bool), make(chan int)
	go func() {
		n := 0
		for {
			select {
			case <-quit:
				count <- n
				return
			default:
				if unix.Renameat2(int(d.Fd()), one, int(d.Fd()), two, unix.RENAME_EXCHANGE) == nil {
					n++
				}
			}
		}
	}()
	return func() int {
		quit <- true
		defer d.Close()
		return <-count
	}
}
