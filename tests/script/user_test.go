package script

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/oci-rt/rt/tests/bundle"
	"github.com/oci-rt/rt/tests/need"
)

// TestOrdinaryUser: what needs no state works for a user without a login
// session, and the rest says what to do.
func TestOrdinaryUser(t *testing.T) {
	need.Root(t)
	dir := userDir(t)
	if err := os.Mkdir(filepath.Join(dir, "locked"), 0o700); err != nil {
		t.Fatal(err)
	}
	// The cgroup that is asked for has the id's name, and nobody else's processes.
	run := fmt.Sprintf("run --bundle b user-%d", os.Getpid())
	tests := []struct {
		args string
		env  string
		want string // in the output
		fail bool
	}{
		{"--version", "", "spec: 1.", false},
		{"help", "", "create", false},
		{"features", "", "ociVersionMax", false},
		{"spec", "", "", false},
		{"info", "", "user 65533", false},
		{"plan --bundle b", "", "this is what root would do", false},
		{"check b", "", "[needs-user-namespace]", true},
		{"check --no-host b", "", "nothing found", false},
		{"--root locked list", "", "locked: permission denied", true},
		{run, "", "permission denied (XDG_RUNTIME_DIR is not set", true},
		{run, "XDG_RUNTIME_DIR=" + dir, "see rt spec --rootless", true},
		{run, "XDG_RUNTIME_DIR=" + dir, "operation not permitted", true},
		{run, "XDG_RUNTIME_DIR=" + dir, "[runc: rootless container requires user namespaces]", true},
	}
	for _, tt := range tests {
		cmd := exec.Command(filepath.Join(dir, "program"), strings.Fields(tt.args)...)
		cmd.Dir = dir
		cmd.Env = []string{tt.env}
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65533, Gid: 65533}}
		out, err := cmd.CombinedOutput()
		if (err != nil) != tt.fail || !strings.Contains(string(out), tt.want) {
			t.Errorf("%s rt %s: %v, want %q in\n%s", tt.env, tt.args, err, tt.want, out)
		}
	}
}

// userDir returns a directory of the ordinary user's with rt and a bundle in it.
func userDir(t *testing.T) string {
	t.Helper()
	dir := openDir(t)
	program, err := os.ReadFile(binary)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "program"), program, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	b := filepath.Join(dir, "b")
	if err := bundle.Make(bundle.Config{Dir: b, Runtime: binary, Busybox: need.Busybox(t), Tag: "user"}); err != nil {
		t.Fatal(err)
	}
	// What an ordinary user cannot have for another reason.
	if err := bundle.EditFile(filepath.Join(b, "config.json"), bundle.Delete{Pointer: "/linux/cgroupsPath"}, bundle.Delete{Pointer: "/linux/resources"}); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{dir, b, filepath.Join(b, "rootfs")} {
		if err := os.Chown(path, 65533, 65533); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
