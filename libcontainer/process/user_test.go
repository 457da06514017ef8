package process

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/tests/need"
	"github.com/oci-rt/rt/tests/steps"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

func TestUser(t *testing.T) {
	need.Root(t)
	umask := uint32(0o27)
	user := specs.User{UID: 1000, GID: 1001, AdditionalGids: []uint32{7, 5}, Umask: &umask}
	got := status(t, func(b *program.Builder) {
		Umask(b, &user)
		NoNewPrivileges(b)
		User(b, &user, Groups{})
		new(Capabilities).Set(b)
	})
	expectFields(t, got, map[string]string{
		"Uid":        "1000 1000 1000 1000",
		"Gid":        "1001 1001 1001 1001",
		"Groups":     "5 7",
		"Umask":      "0027",
		"NoNewPrivs": "1",
		"CapPrm":     "0000000000000000",
	})
}

func TestUserOfRoot(t *testing.T) {
	need.Root(t)
	got := status(t, func(b *program.Builder) {
		Umask(b, &specs.User{})
		User(b, &specs.User{}, Groups{})
	})
	expectFields(t, got, map[string]string{"Uid": "0 0 0 0", "Groups": "", "Umask": "0022", "NoNewPrivs": "0"})
}

func TestOwnStdio(t *testing.T) {
	need.Root(t)
	file, err := os.Create(filepath.Join(t.TempDir(), "stdin"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	r := succeed(t, steps.Options{Stdin: file}.Run(t, func(b *program.Builder) {
		OwnStdio(b, 1000)
		shell(t, b, "stat -Lc %u:%g /proc/self/fd/0 /proc/self/fd/1")
	}))
	if want := "1000:0\n1000:0\n"; r.Output != want {
		t.Errorf("owners %q, want %q", r.Output, want)
	}
}

func TestOwnStdioLeavesDevices(t *testing.T) {
	need.Root(t)
	null := filepath.Join(t.TempDir(), "null")
	if err := unix.Mknod(null, unix.S_IFCHR|0o666, int(unix.Mkdev(1, 3))); err != nil {
		t.Fatal(err)
	}
	// O_PATH serves where the file system is mounted nodev.
	fd, err := unix.Open(null, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	file := os.NewFile(uintptr(fd), null)
	defer file.Close()
	succeed(t, steps.Options{Stdin: file}.Run(t, func(b *program.Builder) { OwnStdio(b, 1000) }))
	var st unix.Stat_t
	if err := unix.Stat(null, &st); err != nil || st.Uid != 0 {
		t.Errorf("owner of the device is now %d (%v)", st.Uid, err)
	}
}

func TestUserKeepsGroups(t *testing.T) {
	need.Root(t)
	for _, test := range []struct {
		groups Groups
		want   string
	}{
		{Groups{}, "9"},
		{Groups{MayBeDenied: true}, "9"},
		{Groups{Keep: true}, "5 7"},
	} {
		got := status(t, func(b *program.Builder) {
			b.Setgroups([]uint32{5, 7})
			User(b, &specs.User{UID: 1000, GID: 1000, AdditionalGids: []uint32{9}}, test.groups)
		})
		expectFields(t, got, map[string]string{"Groups": test.want, "Uid": "1000 1000 1000 1000"})
	}
}

// TestUserUnmapped runs in a new user namespace, in which no id is mapped and
// setgroups(2) is not allowed yet.
func TestUserUnmapped(t *testing.T) {
	need.Root(t)
	need.UserNamespaces(t)
	const (
		denied = "process.user.additionalGids: set supplementary groups: operation not permitted"
		gid    = "process.user.gid: set group id 6: invalid argument"
	)
	for _, test := range []struct {
		name   string
		gids   []uint32
		groups Groups
		want   string
	}{
		{"no groups", nil, Groups{MayBeDenied: true}, gid},
		{"kept groups", []uint32{7}, Groups{Keep: true, MayBeDenied: true}, gid},
		{"groups", []uint32{7}, Groups{MayBeDenied: true}, denied},
		{"unexpected", nil, Groups{}, denied},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := steps.Run(t, func(b *program.Builder) {
				b.Unshare(unix.CLONE_NEWUSER)
				User(b, &specs.User{UID: 5, GID: 6, AdditionalGids: test.gids}, test.groups)
			})
			if r.Failure != test.want {
				t.Errorf("failure %q, want %q", r.Failure, test.want)
			}
		})
	}
}

// TestOwnStdioUnmapped leaves what it may not change: the id is not mapped, and
// neither is the owner of the files.
func TestOwnStdioUnmapped(t *testing.T) {
	need.Root(t)
	need.UserNamespaces(t)
	file, err := os.Create(filepath.Join(t.TempDir(), "stdin"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	succeed(t, steps.Options{Stdin: file}.Run(t, func(b *program.Builder) {
		b.Unshare(unix.CLONE_NEWUSER)
		OwnStdio(b, 1000)
	}))
	var st unix.Stat_t
	if err := unix.Fstat(int(file.Fd()), &st); err != nil || st.Uid != 0 {
		t.Errorf("owner of the file is now %d (%v)", st.Uid, err)
	}
}
