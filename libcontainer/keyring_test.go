package libcontainer

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/oci-rt/rt/tests/need"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// sessionKeyring describes the calling process's session keyring, by its id
// and what the kernel says of it.
func sessionKeyring() string {
	id, err := unix.KeyctlGetKeyringID(unix.KEY_SPEC_SESSION_KEYRING, false)
	if err != nil {
		return err.Error()
	}
	text, err := unix.KeyctlString(unix.KEYCTL_DESCRIBE, id)
	return fmt.Sprint(id, " ", text, " ", err)
}

// keyringIn starts a container of this test's program, which tells its session
// keyring and stays, and executes it again. It returns what both told.
func keyringIn(t *testing.T, change func(*Config)) (start, exec string) {
	t.Helper()
	dir := t.TempDir()
	outputs := [2]*os.File{}
	for i := range outputs {
		var err error
		if outputs[i], err = os.Create(filepath.Join(dir, fmt.Sprint(i))); err != nil {
			t.Fatal(err)
		}
		defer outputs[i].Close()
	}
	_, cfg, c := running(t, func(cfg *Config) {
		copyTo(t, need.StaticTest(t), filepath.Join(cfg.Bundle, "rootfs/bin/keyring"))
		cfg.Spec.Process.Args = []string{"keyring", "-test.run=^TestKeyring$"}
		cfg.Spec.Process.Env = append(cfg.Spec.Process.Env, "KEYRING_TEST=stay")
		cfg.Stdio[1] = outputs[0]
		change(cfg)
	})
	p := *cfg.Spec.Process
	p.Env = []string{"PATH=/bin", "KEYRING_TEST=leave"}
	f, err := c.Run(context.Background(), ExecConfig{Process: &p, Stdio: [3]*os.File{os.Stdin, outputs[1], os.Stderr}})
	if err != nil {
		t.Fatal(err)
	}
	if status, err := wait(f); status != 0 || err != nil {
		t.Fatal(status, err)
	}
	return firstLine(t, outputs[0]), firstLine(t, outputs[1])
}

// copyTo copies a file with its mode.
func copyTo(t *testing.T, from, to string) {
	t.Helper()
	if out, err := exec.Command("cp", from, to).CombinedOutput(); err != nil {
		t.Fatalf("cp: %v: %s", err, out)
	}
}

// firstLine waits for the first line of a file.
func firstLine(t *testing.T, f *os.File) string {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		data, err := os.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		if line, _, found := strings.Cut(string(data), "\n"); found {
			return line
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: %q has no line", f.Name(), data)
		}
	}
}

// TestKeyring: a container has a session keyring of its own, in a user
// namespace too, which an exec joins, or the caller's if it is told to.
func TestKeyring(t *testing.T) {
	if what := os.Getenv("KEYRING_TEST"); what != "" {
		fmt.Println(sessionKeyring())
		if what == "stay" {
			t.Fatal(unix.Exec("/bin/busybox", []string{"busybox", "sleep", "1000"}, nil))
		}
		return
	}
	need.Root(t)
	own := sessionKeyring()
	check := func(t *testing.T, change func(*Config)) {
		start, exec := keyringIn(t, change)
		if _, text, _ := strings.Cut(start, " "); text != "keyring;0;0;3f1b0000;_ses.one <nil>" {
			t.Errorf("the container's session keyring is %s", start)
		}
		if start == own || exec != start {
			t.Errorf("session keyrings: here %s, in the container %s, of an exec %s", own, start, exec)
		}
	}
	t.Run("host's user namespace", func(t *testing.T) {
		check(t, func(*Config) {})
	})
	t.Run("user namespace", func(t *testing.T) {
		need.UserNamespaces(t)
		check(t, func(cfg *Config) { inUserNamespaceOf(t, cfg, 100000) })
	})
	t.Run("none", func(t *testing.T) {
		start, exec := keyringIn(t, func(cfg *Config) { cfg.NoNewKeyring = true })
		if start != own || exec != own {
			t.Errorf("session keyrings: here %s, in the container %s, of an exec %s", own, start, exec)
		}
	})
}

// inUserNamespaceOf gives the container a user namespace.
func inUserNamespaceOf(t *testing.T, cfg *Config, first uint32) {
	t.Helper()
	if err := os.Chown(filepath.Join(cfg.Bundle, "rootfs"), int(first), int(first)); err != nil {
		t.Fatal(err)
	}
	l := cfg.Spec.Linux
	l.Namespaces = append(l.Namespaces, specs.LinuxNamespace{Type: specs.UserNamespace})
	l.UIDMappings = []specs.LinuxIDMapping{{HostID: first, Size: 1000}}
	l.GIDMappings = l.UIDMappings
}
