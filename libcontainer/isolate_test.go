package libcontainer

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// wholeLife is everything that can be done with a container, and checks what its
// processes have to say. mask is the umask that the caller has.
func wholeLife(t *testing.T, s Store, cfg Config, mask os.FileMode) {
	t.Helper()
	ctx := context.Background()
	cfg.PidFile = filepath.Join(cfg.Bundle, "pid")
	cfg.Manager = "@rt-nobody"
	cfg.Spec.Process.Args = []string{"busybox", "sleep", "1000"}
	cfg.Spec.Hooks = &specs.Hooks{
		Poststart: []specs.Hook{{Path: "/bin/true", Env: []string{}}}, CreateContainer: []specs.Hook{{Path: "/bin/true", Env: []string{}}},
	}
	p, err := s.Create(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	defer s.Delete(ctx, cfg.ID, true)
	for path, want := range map[string]os.FileMode{
		s.Root: 0o711, s.Root + "/one": 0o700, s.Root + "/one/state.json": 0o600, s.Root + "/one/config.json": 0o600,
		s.Root + "/one/notify": 0o755, cfg.PidFile: 0o644 &^ mask,
	} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v, want %o", path, info.Mode(), err, want)
		}
	}
	for _, dir := range cgroupDirs(cfg) {
		if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o755 {
			t.Errorf("%s: %v, %v", dir, info.Mode(), err)
		}
	}
	cfg.Manager = ""
	if err := s.Start(ctx, cfg.ID, ""); err != nil {
		t.Fatal(err)
	}
	c, err := s.Open(cfg.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := errors.Join(c.Pause(ctx), c.Resume(ctx), c.Update(ctx, &specs.LinuxResources{}, nil)); err != nil {
		t.Error(err)
	}
	const want = "0022 / A=b HOME=/"
	if got := saysInside(t, c, cfg, "echo $(umask) $(pwd) $(env | grep -E '^(A|HOME|LISTEN_FDS|NOTIFY_SOCKET|TMPDIR)=' | sort)"); got != want {
		t.Errorf("a process inside says %q, want %q", got, want)
	}
	if err := s.Delete(ctx, cfg.ID, true); err != nil {
		t.Error(err)
	}
	if _, err := p.Wait(ctx); err != nil {
		t.Error(err)
	}
}

func cgroupDirs(cfg Config) []string {
	dirs, _ := filepath.Glob("/sys/fs/cgroup/*" + cfg.Spec.Linux.CgroupsPath)
	return dirs
}

// saysInside returns what a shell writes that is executed in a container.
func saysInside(t *testing.T, c *Container, cfg Config, script string) string {
	t.Helper()
	var fds [2]int
	if err := unix.Pipe2(fds[:], unix.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	read, write := os.NewFile(uintptr(fds[0]), "pipe"), os.NewFile(uintptr(fds[1]), "pipe")
	defer read.Close()
	process := *cfg.Spec.Process
	process.Args, process.Env = []string{"/bin/busybox", "sh", "-c", script}, []string{"A=b"}
	p, err := c.Run(t.Context(), ExecConfig{Process: &process, Stdio: [3]*os.File{cfg.Stdio[0], write, cfg.Stdio[2]}})
	write.Close()
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	var text bytes.Buffer
	if _, err := bufio.NewReader(read).WriteTo(&text); err != nil {
		t.Error(err)
	}
	if e, err := p.Wait(t.Context()); e.Status() != 0 || err != nil {
		t.Errorf("%+v, %v", e, err)
	}
	return strings.TrimSpace(text.String())
}

// The umask of the calling process changes nothing.
func TestUmask(t *testing.T) {
	for _, mask := range []int{0, 0o022, 0o077} {
		t.Run(fmt.Sprintf("%o", mask), func(t *testing.T) {
			s, cfg := faultBundle(t)
			defer unix.Umask(unix.Umask(mask))
			wholeLife(t, s, cfg, os.FileMode(mask))
		})
	}
}

// Nor do its working directory, which may be gone, and its environment.
func TestSurroundings(t *testing.T) {
	s, cfg := faultBundle(t)
	dir := t.TempDir()
	t.Chdir(dir)
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	for _, v := range os.Environ() {
		name, _, _ := strings.Cut(v, "=")
		t.Setenv(name, "/absent")
	}
	t.Setenv("LISTEN_FDS", "3")
	t.Setenv("LISTEN_PID", strconv.Itoa(os.Getpid()))
	t.Setenv("NOTIFY_SOCKET", "/absent")
	wholeLife(t, s, cfg, 0o022)
}

// Any thread may call, one too that ends afterwards, and one with all signals blocked.
func TestCallingThread(t *testing.T) {
	s, cfg := faultBundle(t)
	cfg.Spec.Process.Args = []string{"busybox", "sleep", "1000"}
	cfg.OnlyHere = true
	// on calls do in a thread of its own, which ends then.
	on := func(do func() error) {
		t.Helper()
		done := make(chan error)
		go func() {
			runtime.LockOSThread() // and not unlocked
			all := unix.Sigset_t{}
			for i := range all.Val {
				all.Val[i] = ^all.Val[i]
			}
			done <- errors.Join(unix.PthreadSigmask(unix.SIG_BLOCK, &all, nil), do())
		}()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	var p, e *Process
	var c *Container
	on(func() (err error) { p, err = s.Create(context.Background(), cfg); return err })
	defer s.Delete(context.Background(), cfg.ID, true)
	defer p.Close()
	time.Sleep(10 * time.Millisecond) // the thread is gone
	on(func() error { return p.Start(context.Background()) })
	on(func() (err error) { c, err = s.Open(cfg.ID); return err })
	defer c.Close()
	process := *cfg.Spec.Process
	process.Args = []string{"busybox", "sh", "-c", "busybox grep -q 'SigBlk:.*0000000000000000' /proc/self/status && exec busybox sleep 1000"}
	on(func() (err error) {
		e, err = c.Run(context.Background(), ExecConfig{Process: &process, Stdio: cfg.Stdio})
		return err
	})
	defer e.Close()
	time.Sleep(50 * time.Millisecond)
	on(func() error { return e.Signal(unix.SIGTERM) })
	on(func() error {
		exit, err := e.Wait(context.Background())
		if exit.Signal != unix.SIGTERM {
			return fmt.Errorf("end of the exec: %+v, %w", exit, err)
		}
		return err
	})
	on(func() error { return s.Delete(context.Background(), cfg.ID, true) })
	on(func() error { _, err := p.Wait(context.Background()); return err })
}

// flagsOfAll returns the flags of all descriptors of this process, by number.
func flagsOfAll(t *testing.T) map[int][2]int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	all := map[int][2]int{}
	for _, e := range list {
		n, _ := strconv.Atoi(e.Name())
		flags, err := unix.FcntlInt(uintptr(n), unix.F_GETFL, 0)
		fd, err2 := unix.FcntlInt(uintptr(n), unix.F_GETFD, 0)
		if err == nil && err2 == nil {
			all[n] = [2]int{flags, fd}
		}
	}
	return all
}

// The caller's files stay as they are: open, in the poller, close-on-exec or not. Those
// that the container is not to have it has not.
func TestCallersFiles(t *testing.T) {
	s, cfg := faultBundle(t)
	cfg.Spec.Process.Args = []string{"busybox", "sleep", "1000"}
	var pipes [4][2]*os.File
	for i := range pipes {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		defer w.Close()
		pipes[i] = [2]*os.File{r, w}
	}
	inherited, err := unix.Open("/dev/null", unix.O_RDONLY, 0) // not close-on-exec
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(inherited)
	cfg.Stdio = [3]*os.File{pipes[0][0], pipes[1][1], pipes[2][1]}
	cfg.Files = []*os.File{pipes[3][1]}
	before := flagsOfAll(t)
	p, err := s.Create(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Delete(context.Background(), cfg.ID, true)
	if err := p.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	list, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", p.Pid()))
	if len(list) != 4 || err != nil {
		t.Errorf("the container has %v, %v, want 4 descriptors", list, err)
	}
	c, err := s.Open(cfg.ID)
	if err != nil {
		t.Fatal(err)
	}
	process := *cfg.Spec.Process
	process.Args = []string{"busybox", "sh", "-c", "echo to stdout; echo to another >&3"}
	e, err := c.Run(t.Context(), ExecConfig{Process: &process, Stdio: cfg.Stdio, Files: cfg.Files})
	if err != nil {
		t.Fatal(err)
	}
	if status, err := wait(e); status != 0 || err != nil {
		t.Errorf("exec: %d, %v", status, err)
	}
	c.Close()
	_, err = s.Create(t.Context(), cfg) // one that fails
	wantIs(t, "create again", err, ErrExist)
	if err := s.Delete(t.Context(), cfg.ID, true); err != nil {
		t.Error(err)
	}
	if _, err := wait(p); err != nil {
		t.Error(err)
	}
	after := flagsOfAll(t)
	maps.DeleteFunc(after, func(n int, _ [2]int) bool { _, ok := before[n]; return !ok })
	if !maps.Equal(before, after) {
		t.Errorf("flags of the caller's descriptors: %v, before %v", after, before)
	}
	for i, want := range map[int]string{1: "to stdout", 3: "to another"} {
		line, err := bufio.NewReader(pipes[i][0]).ReadString('\n')
		if strings.TrimSpace(line) != want || err != nil {
			t.Errorf("pipe %d: %q, %v", i, line, err)
		}
		if err := pipes[i][1].SetWriteDeadline(time.Now().Add(time.Hour)); err != nil {
			t.Errorf("pipe %d is not in the poller any more: %v", i, err)
		}
	}
}
