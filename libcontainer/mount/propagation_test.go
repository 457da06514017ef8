package mount

import (
	"os"
	"runtime"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

func TestRootfsPropagation(t *testing.T) {
	tests := []struct {
		value string
		root  string // propagation of the finished root
		sub   string // of a mount that was below the rootfs before
		fresh string // of a new tmpfs
		seen  bool   // what the host mounts in the rootfs shows up
		back  bool   // what an rshared bind mount gets shows up on the host
	}{
		{value: "", root: "", sub: "master", fresh: ""},
		{value: "private", root: "", sub: "master", fresh: ""},
		{value: "rprivate", root: "", sub: "", fresh: ""},
		{value: "slave", root: "master", sub: "master", fresh: "", seen: true},
		{value: "rslave", root: "master", sub: "master", fresh: "", seen: true},
		{value: "unbindable", root: "unbindable", sub: "master", fresh: ""},
		{value: "runbindable", root: "unbindable", sub: "unbindable", fresh: "unbindable"},
		{value: "shared", root: "shared", sub: "", fresh: "", back: true},
		{value: "rshared", root: "shared", sub: "shared", fresh: "shared", back: true},
	}
	for _, test := range tests {
		t.Run(test.value, func(t *testing.T) {
			h := newHost(t)
			h.mkdir("rootfs/sub")
			h.mount(h.path("rootfs/sub"), "tmpfs", unix.MS_SHARED)
			h.mkdir("rootfs/later")
			// Its path string does not lead up to the mount that it is on.
			h.mount(h.mkdir("bundle"), "tmpfs", unix.MS_SHARED)
			h.symlink("../rootfs", "bundle/link")
			h.mount(h.mkdir("volume"), "tmpfs", unix.MS_SHARED)
			volume := h.mkdir("volume/inner")
			h.mount(h.mkdir("outer"), "tmpfs", unix.MS_SHARED)
			h.mount(h.mkdir("outer/inner"), "tmpfs", unix.MS_SHARED)
			before := len(h.mounts())
			k := h.startWith(RootConfig{OwnNamespace: true, Propagation: test.value, Path: h.path("bundle/link")},
				specs.Mount{Destination: "/fresh", Type: "tmpfs"},
				specs.Mount{Destination: "/sub/fresh", Type: "tmpfs"},
				specs.Mount{Destination: "/volume", Source: h.path("volume"), Options: []string{"bind", "rshared"}},
			)
			if n := len(h.mounts()); n != before {
				t.Errorf("the host has %d mounts, had %d before:\n%+v", n, before, h.mounts())
			}
			for path, want := range map[string]string{"/": test.root, "/sub": test.sub, "/fresh": test.fresh} {
				if got := k.mount(path).kind(); got != want {
					t.Errorf("%s is %q, want %q", path, got, want)
				}
			}
			h.mount(h.path("rootfs/later"), "tmpfs", unix.MS_PRIVATE)
			if seen := at(k.mounts(), "/later") != nil; seen != test.seen {
				t.Errorf("mounted on the host, seen in the container: %v, want %v", seen, test.seen)
			}
			k.mountTmpfs("/volume/inner")
			if back := at(h.mounts(), volume) != nil; back != test.back {
				t.Errorf("mounted in the container, seen on the host: %v, want %v", back, test.back)
			}
		})
	}
}

// mountTmpfs does what a process of the container could do.
func (k *container) mountTmpfs(path string) {
	k.t.Helper()
	k.inside(func() {
		if err := unix.Mount("container", path, "tmpfs", 0, ""); err != nil {
			k.t.Error(err)
		}
	})
}

// inside runs a function in the container's mount namespace.
func (k *container) inside(f func()) {
	k.t.Helper()
	ns, err := os.Open(k.proc("ns/mnt"))
	if err != nil {
		k.t.Fatal(err)
	}
	defer ns.Close()
	done := make(chan error)
	go func() { // on a thread that ends with it
		runtime.LockOSThread()
		err := unix.Unshare(unix.CLONE_FS)
		if err == nil {
			err = unix.Setns(int(ns.Fd()), unix.CLONE_NEWNS)
		}
		if err == nil {
			f()
		}
		done <- err
	}()
	if err := <-done; err != nil {
		k.t.Fatal(err)
	}
}

// TestInheritedNamespace: without a mount namespace of its own, the container
// is a directory to its process, and its mounts are everybody's.
func TestInheritedNamespace(t *testing.T) {
	h := newHost(t)
	h.mkdir("rootfs/inner")
	before := len(h.mounts())
	k := h.start(RootConfig{}, func(r *Root) {
		h.entries(specs.Mount{Destination: "/tmp", Type: "tmpfs", Source: "inherited"})(r)
		r.Mask([]string{"/inner"})
	})
	if got, err := os.Readlink(k.proc("root")); got != h.path("rootfs") {
		t.Errorf("the root is %q, %v", got, err)
	}
	if m := at(h.mounts(), h.path("rootfs/tmp")); m == nil || m.source != "inherited" {
		t.Errorf("on the host, /tmp of the container is %+v", m)
	}
	if m := at(h.mounts(), h.path("rootfs")); m == nil || m.kind() != "" {
		t.Errorf("on the host, the rootfs is %+v, want a private mount", m)
	}
	h.must(unix.Unmount(h.path("rootfs"), unix.MNT_DETACH))
	if n := len(h.mounts()); n != before {
		t.Errorf("one unmount leaves %d mounts, had %d before", n, before)
	}
}
