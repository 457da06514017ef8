package mount

import (
	"os"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// TestBindOver binds files of all types over files of all types. Links in the
// place of the mount point are followed, inside the rootfs.
func TestBindOver(t *testing.T) {
	h := newHost(t)
	h.write("source/file", "content")
	h.must(unix.Mkfifo(h.path("source/fifo"), 0o600))
	h.must(unix.Mknod(h.path("source/socket"), unix.S_IFSOCK|0o600, 0))
	h.symlink("file", "source/link")
	targets := map[string]string{ // where the mounts come to lie
		"file": "file", "fifo": "fifo", "socket": "socket", "link": "behind", "missing/a": "missing/a", "./relative/../x": "x",
	}
	sources := map[string]uint32{
		"file": unix.S_IFREG, "fifo": unix.S_IFIFO, "socket": unix.S_IFSOCK, "link": unix.S_IFREG,
	}
	for source, kind := range sources {
		root := h.mkdir("root-" + source)
		h.must(os.WriteFile(root+"/file", nil, 0o644))
		h.must(os.WriteFile(root+"/behind", nil, 0o644))
		h.must(unix.Mkfifo(root+"/fifo", 0o600))
		h.must(unix.Mknod(root+"/socket", unix.S_IFSOCK|0o600, 0))
		h.must(os.Symlink("/behind", root+"/link"))
		var mounts []specs.Mount
		for target := range targets {
			mounts = append(mounts, specs.Mount{Destination: target, Source: h.path("source/" + source), Options: []string{"bind"}})
		}
		c := own
		c.Path = root
		k := h.start(c, h.entries(mounts...))
		want := inode(t, h.path("source/"+source))
		for _, target := range targets {
			k.mount("/" + target)
			if got := inode(t, k.path(target)); got.Ino != want.Ino || got.Mode&unix.S_IFMT != kind {
				t.Errorf("%s over %s: inode %d, mode %o", source, target, got.Ino, got.Mode)
			}
		}
	}
}

// TestFileSystemOver mounts new file systems over what is not a directory: only
// a link to one will do.
func TestFileSystemOver(t *testing.T) {
	h := newHost(t)
	h.mkdir("rootfs/dir")
	h.symlink("dir", "rootfs/link")
	h.must(unix.Mknod(h.path("rootfs/socket"), unix.S_IFSOCK|0o600, 0))
	k := h.start(own, h.entries(specs.Mount{Destination: "link/.", Type: "tmpfs"}))
	k.mount("/dir")
	want := "mounts[0] (/socket): find or make the mount point of tmpfs: not a directory"
	if k := h.run(own, h.entries(specs.Mount{Destination: "/socket", Type: "tmpfs"})); k.err != want {
		t.Errorf("got %q, want %q", k.err, want)
	}
}
