package mount

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// own is the root of a container with a mount namespace of its own.
var own = RootConfig{OwnNamespace: true}

// expect checks that the mount at path has these options, in the order of
// mountinfo, and these options of its superblock among others.
func (k *container) expect(path, fstype, options string, super ...string) {
	k.t.Helper()
	m := k.mount(path)
	if m.fstype != fstype || m.options != options {
		k.t.Errorf("%s is %s with %s, want %s with %s", path, m.fstype, m.options, fstype, options)
	}
	for _, s := range super {
		if !slices.Contains(strings.Split(m.super, ","), s) {
			k.t.Errorf("%s has the superblock options %s, want %s among them", path, m.super, s)
		}
	}
}

func TestFileSystems(t *testing.T) {
	h := newHost(t)
	k := h.start(own, h.entries(
		specs.Mount{Destination: "/proc", Type: "proc", Source: "proc"},
		specs.Mount{Destination: "/dev", Type: "tmpfs", Source: "dev", Options: []string{"nosuid", "strictatime", "mode=755", "size=65536k"}},
		specs.Mount{Destination: "/dev/pts", Type: "devpts", Source: "devpts", Options: []string{"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"}},
		specs.Mount{Destination: "/dev/shm", Type: "tmpfs", Source: "shm", Options: []string{"nosuid", "noexec", "nodev", "mode=1777", "size=65536k"}},
		specs.Mount{Destination: "/dev/mqueue", Type: "mqueue", Source: "mqueue", Options: []string{"nosuid", "noexec", "nodev"}},
		specs.Mount{Destination: "/sys", Type: "sysfs", Source: "sysfs", Options: []string{"nosuid", "noexec", "nodev", "ro"}},
		specs.Mount{Destination: "ro", Type: "tmpfs", Options: []string{"ro", "noatime", "nodiratime", "nosymfollow"}},
		specs.Mount{Destination: "/ram", Type: "ramfs"},
	))
	k.expect("/", "tmpfs", "rw,relatime")
	k.expect("/proc", "proc", "rw,relatime")
	k.expect("/dev", "tmpfs", "rw,nosuid", "size=65536k", "mode=755")
	k.expect("/dev/pts", "devpts", "rw,nosuid,noexec,relatime", "gid=5", "mode=620", "ptmxmode=666")
	k.expect("/dev/shm", "tmpfs", "rw,nosuid,nodev,noexec,relatime", "size=65536k")
	k.expect("/dev/mqueue", "mqueue", "rw,nosuid,nodev,noexec,relatime")
	k.expect("/sys", "sysfs", "ro,nosuid,nodev,noexec,relatime")
	k.expect("/ro", "tmpfs", "ro,noatime,nodiratime,nosymfollow", "ro")
	k.expect("/ram", "ramfs", "rw,relatime")
	if source := k.mount("/dev").source; source != "dev" {
		t.Errorf("source of /dev is %q", source)
	}
	if n := len(k.mounts()); n != 9 {
		t.Errorf("the container has %d mounts, want 9: the host's must be gone", n)
	}
	if _, err := os.Stat(k.path("proc/1/ns")); err != nil {
		t.Errorf("proc is not of the container's pid namespace: %v", err)
	}
}

func TestBind(t *testing.T) {
	h := newHost(t)
	h.write("file", "content")
	h.write("dir/inner", "content")
	h.mkdir("dir/sub")
	h.mount(h.path("dir/sub"), "tmpfs", unix.MS_PRIVATE)
	h.must(unix.Mount("", h.path("dir/sub"), "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_NOSUID, ""))
	h.mkdir("rootfs/there")
	dir := h.path("dir")
	k := h.start(own, h.entries(
		specs.Mount{Destination: "/a/b/file", Type: "bind", Source: h.path("file"), Options: []string{"bind"}},
		specs.Mount{Destination: "/relative", Type: "none", Source: "file", Options: []string{"bind", "ro", "nosuid", "nodev", "noexec"}},
		specs.Mount{Destination: "/there", Source: dir, Options: []string{"bind", "noatime"}},
		specs.Mount{Destination: "/rec", Source: dir, Options: []string{"rbind", "ro"}},
		specs.Mount{Destination: "/recro", Source: dir, Options: []string{"rbind", "rro", "rnodev"}},
		specs.Mount{Destination: "/mixed", Source: dir, Options: []string{"rbind", "rro", "rw"}},
		specs.Mount{Destination: "/suid", Source: dir + "/sub", Options: []string{"bind", "suid"}},
		specs.Mount{Destination: "/there/sub", Source: dir, Options: []string{"bind"}},
	))
	k.expect("/a/b/file", "tmpfs", "rw,relatime")
	k.expect("/relative", "tmpfs", "ro,nosuid,nodev,noexec,relatime")
	k.expect("/there", "tmpfs", "rw,noatime")
	k.expect("/rec", "tmpfs", "ro,relatime")
	k.expect("/rec/sub", "tmpfs", "rw,nosuid,relatime")
	k.expect("/recro", "tmpfs", "ro,nodev,relatime")
	k.expect("/recro/sub", "tmpfs", "ro,nosuid,nodev,relatime")
	k.expect("/mixed", "tmpfs", "ro,relatime") // recursive options are the last
	k.expect("/mixed/sub", "tmpfs", "ro,nosuid,relatime")
	k.expect("/suid", "tmpfs", "rw,relatime")
	k.expect("/there/sub", "tmpfs", "rw,relatime")
	if got, err := os.ReadFile(k.path("a/b/file")); string(got) != "content" {
		t.Errorf("read %q, %v", got, err)
	}
	h.must(os.WriteFile(k.path("there/new"), nil, 0o600))
	if err := os.WriteFile(k.path("rec/new"), nil, 0o600); err == nil {
		t.Error("a read-only bind mount can be written to")
	}
}

// TestBindProc: a proc file system may be mounted on /proc from anywhere.
func TestBindProc(t *testing.T) {
	h := newHost(t)
	h.mount(h.mkdir("elsewhere"), "proc", unix.MS_PRIVATE)
	h.must(os.Chown(h.path("rootfs"), firstID, firstID))
	for _, c := range []RootConfig{own, inUser} {
		k := h.startWith(c, specs.Mount{Destination: "/proc", Type: "bind", Source: h.path("elsewhere"), Options: []string{"rbind", "nosuid"}})
		k.expect("/proc", "proc", "rw,nosuid,relatime")
	}
}

// pinNamespace binds a mount namespace to a file. The kernel refuses those that are older
// than the one in which that is done, and knows their age by a number, of which each CPU
// has its own range in Linux 6.18 (__ns_tree_gen_id, kernel/nstree.c): the number of one
// made just now may be the smaller.
func (h *host) pinNamespace(file string) (err error) {
	for range 20 {
		k := h.start(own, nil)
		err = unix.Mount(fmt.Sprintf("/proc/%d/ns/mnt", k.pid), file, "", unix.MS_BIND, "")
		if err != unix.EINVAL {
			return err
		}
	}
	return err
}

// TestBindPinnedNamespace: a host that keeps mount namespaces as files (as
// snapd does) would make move_mount(2) fail with ELOOP, because a namespace
// cannot hold one that is older. The copy of the host's mounts has none.
func TestBindPinnedNamespace(t *testing.T) {
	h := newHost(t)
	h.mkdir("pins/private")
	h.mount(h.path("pins/private"), "tmpfs", unix.MS_PRIVATE)
	pin := h.write("pins/private/pin", "")
	h.must(h.pinNamespace(pin))
	k := h.start(own, h.entries(specs.Mount{Destination: "/pins", Source: h.path("pins"), Options: []string{"rbind"}}))
	k.expect("/pins/private", "tmpfs", "rw,relatime")
}

func TestBindPropagation(t *testing.T) {
	h := newHost(t)
	src := h.mkdir("src")
	h.mount(src, "tmpfs", unix.MS_SHARED)
	bind := func(to string, options ...string) specs.Mount {
		return specs.Mount{Destination: to, Source: src, Options: append(options, "rbind")}
	}
	k := h.start(own, h.entries(
		bind("/default"), bind("/private", "rprivate"), bind("/slave", "rslave"),
		bind("/unbindable", "unbindable"), bind("/shared", "rshared"), bind("/own", "private", "shared"),
	))
	tests := []struct {
		path, want string
		seen       bool // what the host mounts later
	}{
		{"/default", "master", true},
		{"/private", "", false},
		{"/slave", "master", true},
		{"/unbindable", "unbindable", false},
		{"/shared", "shared master", true}, // in a peer group of the container's own
		{"/own", "shared", false},
	}
	h.must(os.Mkdir(src+"/later", 0o755))
	h.mount(src+"/later", "tmpfs", unix.MS_PRIVATE)
	for _, test := range tests {
		if got := k.mount(test.path).kind(); got != test.want {
			t.Errorf("%s is %q, want %q", test.path, got, test.want)
		}
		if seen := at(k.mounts(), test.path+"/later") != nil; seen != test.seen {
			t.Errorf("mounted on the host, seen in %s: %v, want %v", test.path, seen, test.seen)
		}
	}
}

// kind returns the propagation types, without the numbers of peer groups.
func (m mountLine) kind() string {
	fields := strings.Fields(m.propagation)
	for i := range fields {
		fields[i], _, _ = strings.Cut(fields[i], ":")
	}
	return strings.Join(fields, " ")
}

func TestRemount(t *testing.T) {
	h := newHost(t)
	dir := h.mkdir("dir")
	k := h.start(own, h.entries(
		specs.Mount{Destination: "/bind", Source: dir, Options: []string{"bind", "nosuid"}},
		specs.Mount{Destination: "/bind", Options: []string{"remount", "bind", "ro"}},
		specs.Mount{Destination: "/tmp", Type: "tmpfs", Options: []string{"nodev", "size=4k"}},
		specs.Mount{Destination: "/tmp", Type: "tmpfs", Options: []string{"remount", "ro", "size=8k"}},
	))
	k.expect("/bind", "tmpfs", "ro,nosuid,relatime", "rw")
	k.expect("/tmp", "tmpfs", "ro,nodev,relatime", "ro", "size=8k")
}

// TestMountOnRoot: what is mounted on "/" becomes the root.
func TestMountOnRoot(t *testing.T) {
	h := newHost(t)
	k := h.start(RootConfig{OwnNamespace: true, Readonly: true}, h.entries(
		specs.Mount{Destination: "/", Type: "tmpfs", Source: "newroot"},
		specs.Mount{Destination: "/tmp", Type: "tmpfs", Source: "tmp"},
	))
	if m := k.mount("/"); m.source != "newroot" || m.options != "ro,relatime" {
		t.Errorf("the root is %+v", m)
	}
	k.expect("/tmp", "tmpfs", "rw,relatime")
	if n := len(k.mounts()); n != 2 {
		t.Errorf("the container has %d mounts, want 2", n)
	}
	if list := h.list("rootfs"); strings.Contains(list, "tmp ") {
		t.Errorf("created in the rootfs below:\n%s", list)
	}
}

func TestMountErrors(t *testing.T) {
	h := newHost(t)
	file, dir := h.write("file", ""), h.mkdir("dir")
	h.write("rootfs/file", "")
	h.mkdir("rootfs/dir")
	tests := []struct {
		mount specs.Mount
		want  string
	}{
		{
			specs.Mount{Destination: "/dev/shm", Type: "tmpfs", Options: []string{"nosuid", "size=65536q"}},
			"mounts[0].options[1] (/dev/shm): mount tmpfs with size=65536q: invalid argument",
		}, {
			specs.Mount{Destination: "/x", Type: "tmpfs", Options: []string{"mode=1777,nonsense"}},
			"mounts[0].options[0] (/x): mount tmpfs with nonsense: invalid argument",
		}, {
			specs.Mount{Destination: "/x/../proc", Type: "proc", Source: dir, Options: []string{"bind"}},
			"mounts[0] (/x/../proc): bind mount " + dir + ": it cannot be mounted because it is not of type proc, and nothing else may be on /proc",
		}, {
			specs.Mount{Destination: "/x", Type: "foofs"},
			"mounts[0] (/x): find the file system type foofs in the kernel: no such device",
		}, {
			specs.Mount{Destination: "/x", Source: h.path("none"), Options: []string{"bind"}},
			"mounts[0] (/x): open the source " + h.path("none") + ": no such file or directory",
		}, {
			specs.Mount{Destination: "/file", Source: dir, Options: []string{"bind"}},
			"mounts[0] (/file): bind mount " + dir + ": not a directory",
		}, {
			specs.Mount{Destination: "/dir", Source: file, Options: []string{"bind"}},
			"mounts[0] (/dir): bind mount " + file + ": not a directory",
		}, {
			specs.Mount{Destination: "/file", Type: "tmpfs"},
			"mounts[0] (/file): find or make the mount point of tmpfs: not a directory",
		}, {
			specs.Mount{Destination: "/file/x/y", Type: "tmpfs"},
			"mounts[0] (/file/x/y): find or make the mount point of tmpfs: not a directory",
		}, {
			specs.Mount{Destination: "/dir", Type: "tmpfs", Options: []string{"remount", "bind", "ro"}},
			"mounts[0] (/dir): remount: invalid argument",
		},
	}
	for _, test := range tests {
		if got := h.run(own, h.entries(test.mount)).err; got != test.want {
			t.Errorf("%+v:\ngot  %s\nwant %s", test.mount, got, test.want)
		}
	}
}
