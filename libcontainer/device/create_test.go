package device

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/oci-rt/rt/libcontainer/helper"
	"github.com/oci-rt/rt/libcontainer/mount"
	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/tests/need"
	"github.com/oci-rt/rt/tests/steps"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// create runs Create in a rootfs, after the steps of before.
func create(t *testing.T, rootfs string, s *specs.Spec, before func(*program.Builder, *mount.Root)) steps.Result {
	t.Helper()
	need.Root(t)
	var root *mount.Root
	answer := func(conn *os.File, p *program.Program, number uint32, files []*os.File) error {
		q := root.Requests()[number]
		return helper.Answer(conn, q, p.Origin(q.Step), files)
	}
	return steps.Options{Cloneflags: unix.CLONE_NEWNS, Answer: answer}.Run(t, func(b *program.Builder) {
		b.Umask(0)
		root = mount.NewRoot(b, mount.RootConfig{Path: rootfs, OwnNamespace: true})
		root.Begin()
		if before != nil {
			before(b, root)
		}
		Create(b, root.Dir, s, Make)
		root.Pivot()
	})
}

func mknod(t *testing.T, path string, mode uint32, major, minor uint32) {
	t.Helper()
	need.Root(t)
	if err := unix.Mknod(path, mode, int(unix.Mkdev(major, minor))); err != nil {
		t.Fatal(err)
	}
}

func mkdir(t *testing.T, path string) {
	t.Helper()
	if err := os.MkdirAll(path, 0o755); err != nil {
		t.Fatal(err)
	}
}

func TestCreateDefaults(t *testing.T) {
	rootfs := t.TempDir()
	r := create(t, rootfs, &specs.Spec{}, nil)
	if r.Failure != "" {
		t.Fatal(r.Failure)
	}
	char := func(major, minor uint32) file {
		return file{Mode: unix.S_IFCHR | 0o666, Major: major, Minor: minor}
	}
	link := func(target string) file { return file{Mode: unix.S_IFLNK | 0o777, Target: target} }
	want := map[string]file{
		"null": char(1, 3), "zero": char(1, 5), "full": char(1, 7),
		"random": char(1, 8), "urandom": char(1, 9), "tty": char(5, 0),
		"ptmx": link("pts/ptmx"), "fd": link("/proc/self/fd"),
		"stdin": link("/proc/self/fd/0"), "stdout": link("/proc/self/fd/1"), "stderr": link("/proc/self/fd/2"),
	}
	if _, err := os.Stat("/proc/kcore"); err == nil {
		want["core"] = link("/proc/kcore")
	}
	entries, err := os.ReadDir(filepath.Join(rootfs, "dev"))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]file{}
	for _, e := range entries {
		got[e.Name()] = look(t, filepath.Join(rootfs, "dev", e.Name()))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("/dev (-want +got):\n%s", diff)
	}
	// A second container in the same rootfs finds everything in place.
	if r := create(t, rootfs, &specs.Spec{}, nil); r.Failure != "" {
		t.Errorf("again: %s", r.Failure)
	}
}

func TestCreateListed(t *testing.T) {
	rootfs := t.TempDir()
	mode, uid, gid := os.FileMode(0o620), uint32(1000), uint32(5)
	kernelMode, goMode := os.FileMode(unix.S_IFCHR|0o640), os.ModeDevice|os.ModeCharDevice|0o600
	r := create(t, rootfs, &specs.Spec{Linux: &specs.Linux{Devices: []specs.LinuxDevice{
		{Path: "/dev/net/tun", Type: "c", Major: 10, Minor: 200},
		{Path: "/disk", Type: "b", Major: 7, Minor: 300, FileMode: &mode, UID: &uid, GID: &gid},
		{Path: "/dev/pipe", Type: "p", GID: &gid},
		{Path: "/dev/tty", Type: "c", Major: 5, Minor: 0, FileMode: &mode},
		{Path: "/dev/zero", Type: "c", Major: 1, Minor: 5, FileMode: &kernelMode}, // a default one
		{Path: "/dev/full", Type: "c", Major: 1, Minor: 5, FileMode: &goMode},     // the listed one wins
		{Path: "/dev/slash/", Type: "c", Major: 1, Minor: 3},
	}}}, nil)
	if r.Failure != "" {
		t.Fatal(r.Failure)
	}
	for path, want := range map[string]file{
		"dev/net/tun": {Mode: unix.S_IFCHR | 0o666, Major: 10, Minor: 200},
		"disk":        {Mode: unix.S_IFBLK | 0o620, Major: 7, Minor: 300, UID: 1000, GID: 5},
		"dev/pipe":    {Mode: unix.S_IFIFO | 0o666, GID: 5},
		"dev/tty":     {Mode: unix.S_IFCHR | 0o620, Major: 5, Minor: 0},
		"dev/zero":    {Mode: unix.S_IFCHR | 0o640, Major: 1, Minor: 5},
		"dev/full":    {Mode: unix.S_IFCHR | 0o600, Major: 1, Minor: 5},
		"dev/slash":   {Mode: unix.S_IFCHR | 0o666, Major: 1, Minor: 3},
	} {
		if diff := cmp.Diff(want, look(t, filepath.Join(rootfs, path))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	}
}

func TestCreateOverExisting(t *testing.T) {
	tests := []struct {
		name string
		put  func(t *testing.T, path string)
		ok   bool
	}{
		{"the same device", func(t *testing.T, path string) { mknod(t, path, unix.S_IFCHR|0o600, 7, 300) }, true},
		{"another device", func(t *testing.T, path string) { mknod(t, path, unix.S_IFCHR|0o600, 7, 301) }, false},
		{"a block device of the same number", func(t *testing.T, path string) { mknod(t, path, unix.S_IFBLK|0o600, 7, 300) }, false},
		{"a file", func(t *testing.T, path string) { mknod(t, path, unix.S_IFREG|0o600, 0, 0) }, false},
		{"a directory", mkdir, false},
		{"a link to the device", func(t *testing.T, path string) {
			mknod(t, path+".real", unix.S_IFCHR|0o600, 7, 300)
			if err := os.Symlink(filepath.Base(path)+".real", path); err != nil {
				t.Fatal(err)
			}
		}, false},
	}
	uid := uint32(1000)
	s := &specs.Spec{Linux: &specs.Linux{Devices: []specs.LinuxDevice{
		{Path: "/dev/x", Type: "c", Major: 7, Minor: 300, UID: &uid},
	}}}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			rootfs := t.TempDir()
			path := filepath.Join(rootfs, "dev/x")
			mkdir(t, filepath.Dir(path))
			test.put(t, path)
			before := look(t, path)
			r := create(t, rootfs, s, nil)
			want := "linux.devices[0] (/dev/x): create device c 7:300: another file is in its place"
			if test.ok {
				want = ""
			}
			if r.Failure != want {
				t.Errorf("failure %q, want %q", r.Failure, want)
			}
			if diff := cmp.Diff(before, look(t, path)); diff != "" {
				t.Errorf("the existing file changed (-before +now):\n%s", diff)
			}
		})
	}
}

func TestCreatePtmx(t *testing.T) {
	t.Run("node of the image", func(t *testing.T) {
		rootfs := t.TempDir()
		path := filepath.Join(rootfs, "dev/ptmx")
		mkdir(t, filepath.Dir(path))
		mknod(t, path, unix.S_IFCHR|0o666, 5, 2)
		if r := create(t, rootfs, &specs.Spec{}, nil); r.Failure != "" {
			t.Fatal(r.Failure)
		}
		if got := look(t, path); got.Target != "pts/ptmx" {
			t.Errorf("ptmx is %+v, want a link", got)
		}
	})
	t.Run("mount", func(t *testing.T) {
		rootfs := t.TempDir()
		path := filepath.Join(rootfs, "dev/ptmx")
		mkdir(t, filepath.Dir(path))
		mknod(t, path, unix.S_IFREG|0o666, 0, 0)
		r := create(t, rootfs, &specs.Spec{}, func(b *program.Builder, root *mount.Root) {
			from := b.OpenTree(program.Cwd, "/dev/null", unix.OPEN_TREE_CLONE).Result("null")
			b.MoveMount(from, root.Target("/dev/ptmx", mount.File))
		})
		if r.Failure != "" {
			t.Fatal(r.Failure)
		}
		if got := look(t, path); got.Target != "" {
			t.Errorf("the mount point became a link: %+v", got)
		}
	})
}

// TestCreateInHostileDev is the attack of CVE-2026-41579 and CVE-2026-47766: the
// image's /dev leads out of the rootfs.
func TestCreateInHostileDev(t *testing.T) {
	for _, target := range []string{"../victim", "../../../../../../../../victim", "$/victim", "/proc/self/cwd", "/proc/1/root/dev"} {
		t.Run(target, func(t *testing.T) {
			dir := t.TempDir()
			rootfs, victim := filepath.Join(dir, "rootfs"), filepath.Join(dir, "victim")
			mkdir(t, rootfs)
			mkdir(t, victim)
			if target == "$/victim" {
				target = victim
			}
			if err := os.Symlink(target, filepath.Join(rootfs, "dev")); err != nil {
				t.Fatal(err)
			}
			mknod(t, filepath.Join(victim, "ptmx"), unix.S_IFREG|0o644, 0, 0)
			before := tree(t, victim)
			hostDev := tree(t, "/dev")
			r := create(t, rootfs, &specs.Spec{}, func(b *program.Builder, _ *mount.Root) {
				b.Call(unix.SYS_CHDIR, b.String(victim)) // for /proc/self/cwd
			})
			if r.Failure != "" {
				t.Error(r.Failure)
			}
			// Where the link leads inside the rootfs a directory is made.
			inside := strings.ReplaceAll(target, "../", "")
			if got := look(t, filepath.Join(rootfs, inside, "null")); got.Major != 1 || got.Minor != 3 {
				t.Errorf("/%s/null is %+v", inside, got)
			}
			if diff := cmp.Diff(before, tree(t, victim)); diff != "" {
				t.Errorf("outside the rootfs (-before +now):\n%s", diff)
			}
			if diff := cmp.Diff(hostDev, tree(t, "/dev")); diff != "" {
				t.Errorf("/dev of the host (-before +now):\n%s", diff)
			}
		})
	}
}

// TestCreateThroughLink takes an image seriously whose /dev is a link to a
// directory of its own.
func TestCreateThroughLink(t *testing.T) {
	rootfs := t.TempDir()
	mkdir(t, filepath.Join(rootfs, "real"))
	if err := os.Symlink("/real", filepath.Join(rootfs, "dev")); err != nil {
		t.Fatal(err)
	}
	if r := create(t, rootfs, &specs.Spec{}, nil); r.Failure != "" {
		t.Fatal(r.Failure)
	}
	if got := look(t, filepath.Join(rootfs, "real/null")); got.Major != 1 || got.Minor != 3 {
		t.Errorf("/dev/null is %+v", got)
	}
}

func TestCreateLeavesBoundDev(t *testing.T) {
	rootfs := t.TempDir()
	s := &specs.Spec{Mounts: []specs.Mount{{Destination: "/dev", Source: "/dev", Options: []string{"rbind"}}}}
	if r := create(t, rootfs, s, nil); r.Failure != "" {
		t.Fatal(r.Failure)
	}
	if names := tree(t, rootfs); len(names) != 1 {
		t.Errorf("created %q", names[1:])
	}
}
