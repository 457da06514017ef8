package linux

import (
	"errors"
	"io/fs"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/oci-rt/rt/tests/leak"
	"github.com/oci-rt/rt/tests/need"
	"golang.org/x/sys/unix"
)

func TestSameNamespace(t *testing.T) {
	const user = "/proc/self/ns/user"
	for _, test := range []struct {
		path, own string
		want      bool
	}{
		{"/proc/thread-self/ns/user", user, true},
		{"/proc/self/ns/net", user, false},
		{user, "/proc/self/ns/none", true}, // a kernel without
	} {
		if got, err := SameNamespace(test.path, test.own); got != test.want || err != nil {
			t.Errorf("%s and %s: %v, %v", test.path, test.own, got, err)
		}
	}
	if same, err := SameNamespace("/none", user); same || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a path that leads nowhere: %v, %v", same, err)
	}
}

func TestNamespaceDirs(t *testing.T) {
	before := leak.OpenDescriptors()
	d, err := OpenNamespaceDirs("/proc/thread-self")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"user", "net", "none"} { // a kernel without the last
		if same, err := d.Same(name); !same || err != nil {
			t.Errorf("%s: %v, %v", name, same, err)
		}
	}
	d.Close()
	if _, err := OpenNamespaceDirs("/none"); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "/none/ns") {
		t.Errorf("a process that does not exist: %v", err)
	}
	if left := leak.OpenDescriptors().Since(before); left != nil {
		t.Errorf("left open: %q", left)
	}
}

// Another process's namespaces are told apart from this one's.
func TestOtherNamespaces(t *testing.T) {
	need.Root(t)
	cmd := exec.Command("sleep", "100")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWUTS}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	defer cmd.Process.Kill()
	d, err := OpenNamespaceDirs("/proc/" + strconv.Itoa(cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	for name, want := range map[string]bool{"uts": false, "ipc": true} {
		if same, err := d.Same(name); same != want || err != nil {
			t.Errorf("%s: %v, %v", name, same, err)
		}
	}
}
