package libcontainer

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/oci-rt/rt/spec"
	"github.com/oci-rt/rt/tests/need"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

const (
	ordinaryUser = 12345
	runsAgain    = "RT_TEST_RUNS_AGAIN" // in the environment of a test that again has started
)

// again runs the calling test once more, in a process with other credentials,
// and returns true in that process.
func again(t *testing.T, attr *syscall.SysProcAttr) bool {
	t.Helper()
	if os.Getenv(runsAgain) == t.Name() {
		return true
	}
	need.Root(t)
	need.UserNamespaces(t)
	dir, err := os.MkdirTemp("", "rt-again-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	program, err := os.Executable()
	if err == nil {
		err = os.Chmod(dir, 0o777)
	}
	if err == nil {
		// Where the test was built is nobody else's to enter.
		err = exec.Command("cp", program, filepath.Join(dir, "test")).Run()
	}
	if err != nil {
		t.Fatal(err)
	}
	name := "^" + strings.ReplaceAll(t.Name(), "/", "$/^") + "$"
	cmd := exec.Command(filepath.Join(dir, "test"), "-test.run", name, "-test.v", "-test.timeout=100s")
	cmd.Dir, cmd.SysProcAttr = dir, attr
	cmd.Env = append(os.Environ(), runsAgain+"="+t.Name(), "TMPDIR="+dir)
	out, err := cmd.CombinedOutput()
	switch {
	case err != nil:
		t.Errorf("%v:\n%s", err, out)
	case strings.Contains(string(out), "--- SKIP"):
		t.Skipf("%s", out)
	case !strings.Contains(string(out), "--- PASS"):
		t.Errorf("did not run:\n%s", out)
	}
	return false
}

func asOrdinaryUser(t *testing.T) bool {
	return again(t, &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: ordinaryUser, Gid: ordinaryUser}})
}

// asRootOfUserNamespace is how rootless engines call rt.
func asRootOfUserNamespace(t *testing.T) bool {
	ids := []syscall.SysProcIDMap{{HostID: 100000, Size: 65536}}
	return again(t, &syscall.SysProcAttr{
		Cloneflags:                 unix.CLONE_NEWUSER | unix.CLONE_NEWNS,
		UidMappings:                ids,
		GidMappings:                ids,
		GidMappingsEnableSetgroups: true,
		Credential:                 &syscall.Credential{},
	})
}

// rootlessBundle makes a bundle of an ordinary user or of the root of a user
// namespace, whose program lurks for an init, and returns where that writes.
// The program has all capabilities in the container's user namespace but those
// to be left out.
func rootlessBundle(t *testing.T, without ...string) (Store, Config, string) {
	t.Helper()
	dir := t.TempDir()
	bin := filepath.Join(dir, "rootfs", "bin")
	err := os.MkdirAll(bin, 0o755)
	if err == nil {
		err = exec.Command("cp", need.Busybox(t), filepath.Join(bin, "busybox")).Run()
	}
	if err == nil {
		err = os.MkdirAll(filepath.Join(dir, "rootfs", "etc"), 0o755)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "rootfs/etc/passwd"), []byte("root:x:0:0::/home/it:\n"), 0o644)
	}
	out, createErr := os.Create(filepath.Join(dir, "out"))
	if err != nil || createErr != nil {
		t.Fatal(err, createErr)
	}
	t.Cleanup(func() { out.Close() })
	s := spec.Rootless(uint32(os.Geteuid()), uint32(os.Getegid()))
	var caps []string
	for _, c := range spec.Capabilities() {
		if !contains(without, c) {
			caps = append(caps, c)
		}
	}
	s.Process.Capabilities = &specs.LinuxCapabilities{Bounding: caps, Permitted: caps, Effective: caps}
	s.Process.Terminal = false
	s.Process.Args = []string{"busybox", "sh", "-c", lurk}
	s.Process.Env = []string{"PATH=/bin"}
	cfg := Config{ID: "one", Bundle: dir, Spec: s, Stdio: [3]*os.File{os.Stdin, out, os.Stderr}}
	return Store{Root: filepath.Join(dir, "state"), Rootless: RootlessYes}, cfg, out.Name()
}

func contains(list []string, s string) bool {
	for _, l := range list {
		if l == s {
			return true
		}
	}
	return false
}

// runInBackground runs the container until the test ends.
func runInBackground(t *testing.T, s Store, cfg Config) *Container {
	t.Helper()
	f, err := s.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	c, err := s.Open(cfg.ID)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		if err := s.Delete(context.Background(), cfg.ID, true); err != nil {
			t.Error(err)
		}
	})
	return c
}

// awaitSeen waits until the container has seen an init, and reports what it
// could get of it.
func awaitSeen(t *testing.T, out string) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		data, err := os.ReadFile(out)
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("the init was not seen: %v", err)
		}
		if strings.Count(string(data), "seen") < 3 {
			continue
		}
		if strings.Contains(string(data), "leak") {
			t.Errorf("the container got at the init:\n%s", data)
		}
		return
	}
}

func execUnderWatch(t *testing.T, c *Container, out string) {
	t.Helper()
	cfg := execConfig(c, t, "busybox", "sh", "-c", `busybox test "$HOME" = /home/it`)
	cfg.Stdio[1] = os.Stdout
	cfg.meanwhile = func() { awaitSeen(t, out) }
	f, err := c.Run(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if status, err := wait(f); status != 0 || err != nil {
		t.Errorf("status %d, %v: HOME is not what the container's passwd says", status, err)
	}
}

// The init of an exec by an ordinary user belongs to that user, as do the
// container's processes. To trace it is to run without its filter.
func TestExecOfUserIsNotAccessible(t *testing.T) {
	if !asOrdinaryUser(t) {
		return
	}
	s, cfg, out := rootlessBundle(t)
	execUnderWatch(t, runInBackground(t, s, cfg), out)
}

// A container joins the user and the pid namespace of another one, whose
// processes have all capabilities there: to look into its init would show them
// the host's files.
func TestJoiningUserIsNotAccessible(t *testing.T) {
	if !asOrdinaryUser(t) {
		return
	}
	s, cfg, out := rootlessBundle(t)
	c := runInBackground(t, s, cfg)
	_, other, _ := rootlessBundle(t)
	other.ID = "two"
	joins(other.Spec, c.state.Init.Pid)
	// While the hook runs, the host's files are still there.
	other.Spec.Hooks = &specs.Hooks{CreateRuntime: []specs.Hook{{
		Path: "/bin/sh",
		Args: []string{"sh", "-c", fmt.Sprintf(`while [ "$(grep -c seen %s)" -lt 3 ]; do sleep 0.1; done`, out)},
	}}}
	other.Spec.Process.Args = []string{"busybox", "sh", "-c", `busybox test "$HOME" = /home/it`}
	f, err := s.Run(t.Context(), other)
	if err != nil {
		t.Fatal(err)
	}
	if status, err := waitAndRemove(f); status != 0 || err != nil {
		t.Errorf("status %d, %v: HOME is not what the container's passwd says", status, err)
	}
	awaitSeen(t, out)
}

// joins makes s join the user and the pid namespace of a process.
func joins(s *specs.Spec, pid int) {
	s.Linux.UIDMappings, s.Linux.GIDMappings = nil, nil
	for i := range s.Linux.Namespaces {
		ns := &s.Linux.Namespaces[i]
		switch ns.Type {
		case specs.UserNamespace:
			ns.Path = "/proc/" + strconv.Itoa(pid) + "/ns/user"
		case specs.PIDNamespace:
			ns.Path = "/proc/" + strconv.Itoa(pid) + "/ns/pid"
		}
	}
}

// Engines that are an ordinary user's call rt as root of a user namespace, where
// it can do without a dumpable init: processes of a container that has that
// user namespace in common with rt get at it as little as those of another.
func TestExecOfNamespacesRootIsNotAccessible(t *testing.T) {
	for name, own := range map[string]bool{"own": true, "common": false} {
		t.Run(name, func(t *testing.T) {
			if !asRootOfUserNamespace(t) {
				return
			}
			s, cfg, out := rootlessBundle(t, "CAP_SYS_PTRACE")
			if !own {
				l := cfg.Spec.Linux
				l.Namespaces = l.Namespaces[:len(l.Namespaces)-1] // the user namespace
				l.UIDMappings, l.GIDMappings = nil, nil
			}
			execUnderWatch(t, runInBackground(t, s, cfg), out)
		})
	}
}

// The init of a created container lets nobody trace it either; for the
// runtime's own user that means that nothing is executed before start.
func TestCreatedOfUserIsNotAccessible(t *testing.T) {
	if !asOrdinaryUser(t) {
		return
	}
	s, cfg, _ := rootlessBundle(t)
	cfg.Spec.Process.Args = []string{"busybox", "sleep", "1000"}
	create(t, s, cfg)
	defer func() {
		if err := s.Delete(context.Background(), cfg.ID, true); err != nil {
			t.Error(err)
		}
	}()
	c, err := s.Open(cfg.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	// The creator has acknowledged the init; that may be on its way yet.
	mem := fmt.Sprintf("/proc/%d/mem", c.state.Init.Pid)
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		f, err := os.Open(mem)
		if os.IsPermission(err) {
			break
		}
		f.Close()
		if time.Now().After(deadline) {
			t.Fatalf("the memory of the waiting init can be opened: %v", err)
		}
	}
	if status, err := c.Status(); status != Created || err != nil {
		t.Errorf("status %s, %v", status, err)
	}
	_, err = c.Run(context.Background(), execConfig(c, t, "busybox", "true"))
	if err == nil || !strings.Contains(err.Error(), "before it is started") {
		t.Errorf("exec: %v", err)
	}
	if err := s.Start(t.Context(), cfg.ID, ""); err != nil {
		t.Fatal(err)
	}
	again, err := s.Open(cfg.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	f, err := again.Run(context.Background(), execConfig(again, t, "busybox", "true"))
	if err != nil {
		t.Fatal(err)
	}
	if status, err := wait(f); status != 0 || err != nil {
		t.Errorf("exec: status %d, %v", status, err)
	}
}
