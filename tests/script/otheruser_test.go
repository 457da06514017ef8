package script

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// strangerEnv has the test binary act as another local user, who does what the variable
// says to the state directory.
const strangerEnv = "SCRIPT_TEST_STRANGER"

// TestOtherUser: another local user can do nothing to the state of a container: neither
// start it, nor read what it is made of, nor hold the lock that all commands wait for.
func TestOtherUser(t *testing.T) {
	f := newFixture(t, "sleep", "1000")
	for dir := f.mark.Dir; dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil { // it is rt that keeps the stranger out
			t.Fatal(err)
		}
	}
	f.mustRT("create", "--bundle", f.bundle, "c1")
	stranger := exec.Command("/proc/self/exe")
	stranger.Env = []string{strangerEnv + "=" + f.mark.State}
	stranger.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := stranger.CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("%v: the stranger:\n%s", err, out)
	}
	if state := f.mustRT("state", "c1"); !strings.Contains(state, `"created"`) {
		t.Errorf("the container is %s", state)
	}
	f.mustRT("start", "c1")
	f.mustRT("delete", "--force", "c1")
}

// beStranger tries what nobody but the owner of a state directory may do, and says what has
// not been denied.
func beStranger(root string) {
	dir := filepath.Join(root, "c1")
	attempts := map[string]func() error{
		"list containers":   func() error { _, err := os.ReadDir(root); return err },
		"lock all":          func() error { return lock(root) },
		"lock a container":  func() error { return lock(dir) },
		"make a container":  func() error { return os.Mkdir(filepath.Join(root, "c2"), 0o755) },
		"move a container":  func() error { return os.Rename(dir, filepath.Join(root, "c3")) },
		"remove the socket": func() error { return os.Remove(filepath.Join(dir, "start.sock")) },
		"start":             func() error { return connectTo(filepath.Join(dir, "start.sock")) },
	}
	for _, name := range []string{"state.json", "config.json"} {
		path := filepath.Join(dir, name)
		attempts["read "+name] = func() error { _, err := os.ReadFile(path); return err }
		attempts["write "+name] = func() error { return os.WriteFile(path, nil, 0o644) }
		attempts["replace "+name] = func() error { return os.Symlink("/dev/null", path+".new") }
	}
	for what, try := range attempts {
		if err := try(); !errors.Is(err, fs.ErrPermission) {
			fmt.Printf("%s: %v\n", what, err)
		}
	}
}

func lock(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return unix.Flock(int(d.Fd()), unix.LOCK_EX|unix.LOCK_NB)
}

func connectTo(path string) error {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	return unix.Connect(fd, &unix.SockaddrUnix{Name: path})
}
