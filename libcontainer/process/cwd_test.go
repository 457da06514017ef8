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

// enter runs EnterCwd of path with root as the root directory and returns the
// directory that it ends in, as getcwd(2) sees it from there.
func enter(t *testing.T, root, path string, before, between func(*program.Builder)) (string, steps.Result) {
	t.Helper()
	need.Root(t)
	r := steps.Run(t, func(b *program.Builder) {
		b.Chroot(root)
		b.Call(unix.SYS_CHDIR, b.String("/"))
		before(b)
		cwd := EnterCwd(b, path)
		between(b)
		cwd.Retry(b)
		buf := b.Buffer(unix.PathMax)
		n := b.Call(unix.SYS_GETCWD, buf, program.Imm(unix.PathMax)).Result("length")
		b.Call(unix.SYS_WRITE, program.Imm(1), buf, n)
	})
	return string([]byte(r.Output)[:max(len(r.Output)-1, 0)]), r
}

func nothing(*program.Builder) {}

func TestEnterCwd(t *testing.T) {
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "srv/www"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, target := range map[string]string{"in": "/srv", "out": "../../../../srv", "dangling": "/nowhere"} {
		if err := os.Symlink(target, filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(root, "file"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ path, cwd, failure string }{
		{path: "/", cwd: "/"},
		{path: "/srv/www", cwd: "/srv/www"},
		{path: "/srv/../../srv", cwd: "/srv"},
		{path: "/in/www", cwd: "/srv/www"},
		{path: "/out", cwd: "/srv"},
		{path: "/dangling", failure: "process.cwd (/dangling): change directory: no such file or directory"},
		{path: "/file", failure: "process.cwd (/file): change directory: not a directory"},
	}
	for _, test := range tests {
		t.Run(test.path, func(t *testing.T) {
			cwd, r := enter(t, root, test.path, nothing, nothing)
			if cwd != test.cwd || r.Failure != test.failure {
				t.Errorf("in %q, failure %q; want %q, %q", cwd, r.Failure, test.cwd, test.failure)
			}
		})
	}
}

// TestEnterCwdByDescriptor is the attack of CVE-2024-21626: a working directory
// that leads through /proc to one that the init has open.
func TestEnterCwdByDescriptor(t *testing.T) {
	_, r := enter(t, "/", "/proc/self/fd/100", func(b *program.Builder) {
		fd := b.Openat(program.Cwd, "/etc", unix.O_PATH|unix.O_DIRECTORY).Result("leaked")
		b.Dup3(fd, program.Imm(100), unix.O_CLOEXEC)
	}, nothing)
	want := "process.cwd (/proc/self/fd/100): change directory: too many levels of symbolic links"
	if r.Failure != want {
		t.Errorf("failure %q, want %q", r.Failure, want)
	}
}

// TestEnterCwdAsUser enters a directory that only its owner may enter, not
// even root (as on NFS with root_squash).
func TestEnterCwdAsUser(t *testing.T) {
	root := t.TempDir()
	private := filepath.Join(root, "private")
	if err := os.Mkdir(private, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(private, 1000, 1000); err != nil {
		t.Skip("needs root")
	}
	// So that the user passes the root directory.
	if err := os.Chmod(root, 0o755); err != nil {
		t.Fatal(err)
	}
	setIDs := uint64(1<<unix.CAP_SETUID | 1<<unix.CAP_SETGID)
	noOverride := func(b *program.Builder) { b.Capset(setIDs, setIDs, 0) }
	become := func(uid uint32) func(*program.Builder) {
		return func(b *program.Builder) { User(b, &specs.User{UID: uid, GID: uid}, Groups{}) }
	}

	cwd, r := enter(t, root, "/private", noOverride, become(1000))
	if cwd != "/private" || r.Failure != "" {
		t.Errorf("owner: in %q, failure %q", cwd, r.Failure)
	}
	_, r = enter(t, root, "/private", noOverride, become(1001))
	if want := "process.cwd (/private): change directory: permission denied"; r.Failure != want {
		t.Errorf("somebody else: failure %q, want %q", r.Failure, want)
	}
}
