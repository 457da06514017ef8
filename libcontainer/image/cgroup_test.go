package image

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/oci-rt/rt/tests/need"
	"golang.org/x/sys/unix"
)

// TestCgroup needs a cgroup v2 hierarchy, of any controllers.
func TestCgroup(t *testing.T) {
	root := cgroup2Mount(t)
	domain := makeCgroup(t, root, fmt.Sprintf("rt-image-test-%d", os.Getpid()))
	t.Run("inside", func(t *testing.T) {
		dir := openDir(t, domain)
		p, _ := blocked(t, Launch{Cgroup: dir}, nothing)
		want := "0::/" + filepath.Base(domain)
		if got := procFile(t, p, "cgroup"); !strings.Contains(got+"\n", want+"\n") {
			t.Errorf("process is in %q, want %q", got, want)
		}
		unix.Kill(p.Pid, unix.SIGKILL)
		wait(t, p.Pid)
	})
	t.Run("invalid", func(t *testing.T) {
		threaded := makeCgroup(t, domain, "threaded")
		invalid := makeCgroup(t, domain, "invalid")
		if err := os.WriteFile(threaded+"/cgroup.type", []byte("threaded"), 0); err != nil {
			t.Fatal(err)
		}
		l := trivial(t)
		l.Cgroup = openDir(t, invalid)
		err := mustFail(t, l)
		if !errors.Is(err, ErrCgroupClone) || !errors.Is(err, unix.EOPNOTSUPP) {
			t.Errorf("error is %v, want %v: %v", err, ErrCgroupClone, unix.EOPNOTSUPP)
		}
	})
}

func cgroup2Mount(t *testing.T) string {
	t.Helper()
	for _, dir := range []string{"/sys/fs/cgroup", "/sys/fs/cgroup/unified"} {
		var st unix.Statfs_t
		if unix.Statfs(dir, &st) == nil && st.Type == unix.CGROUP2_SUPER_MAGIC && unix.Access(dir, unix.W_OK) == nil {
			return dir
		}
	}
	if need.HasCgroup1() {
		t.Skip("needs a writable mount of the unified hierarchy")
	}
	cannotRun(t, "no writable cgroup2 mount")
	return ""
}

func makeCgroup(t *testing.T, parent, name string) string {
	t.Helper()
	dir := filepath.Join(parent, name)
	if err := os.Mkdir(dir, 0o755); err != nil {
		cannotRun(t, err.Error())
	}
	t.Cleanup(func() {
		if err := os.Remove(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func openDir(t *testing.T, path string) *os.File {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}
