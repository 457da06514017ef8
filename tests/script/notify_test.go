package script

import (
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/oci-rt/rt/tests/bundle"
	"github.com/oci-rt/rt/tests/need"
	"golang.org/x/sys/unix"
)

// manager is a service manager: it receives what a service has to tell, and
// lets go of the barrier's descriptor.
type manager struct {
	t    *testing.T
	path string
	told chan string // messages
}

func newManager(t *testing.T) *manager {
	t.Helper()
	path := filepath.Join(t.TempDir(), "manager.sock")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	m := &manager{t, path, make(chan string, 16)}
	t.Cleanup(func() { conn.Close() })
	go func() {
		buf, oob := make([]byte, 4096), make([]byte, 64)
		for {
			n, oobn, _, _, err := conn.ReadMsgUnix(buf, oob)
			if err != nil {
				return
			}
			if messages, err := unix.ParseSocketControlMessage(oob[:oobn]); err == nil && len(messages) == 1 {
				fds, _ := unix.ParseUnixRights(&messages[0])
				for _, fd := range fds {
					_ = unix.Close(fd)
				}
			}
			m.told <- string(buf[:n])
		}
	}()
	return m
}

// next returns the next message that the manager gets.
func (m *manager) next() string {
	m.t.Helper()
	select {
	case text := <-m.told:
		return text
	case <-time.After(pollTimeout):
		m.t.Fatal("the manager was told nothing")
		return ""
	}
}

// tell sends messages as a service does. The socket is there once the command
// under test has made it.
func tell(t *testing.T, path string, messages ...string) {
	t.Helper()
	var conn *net.UnixConn
	var err error
	for deadline := time.Now().Add(pollTimeout); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if conn, err = net.DialUnix("unixgram", nil, &net.UnixAddr{Name: path, Net: "unixgram"}); err == nil {
			break
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, m := range messages {
		if _, err := conn.Write([]byte(m)); err != nil {
			t.Fatal(err)
		}
	}
}

// background starts an rt that knows its manager.
func (f *fixture) background(m *manager, args ...string) *exec.Cmd {
	f.t.Helper()
	cmd, out := f.command(args...)
	cmd.Env = append(os.Environ(), "NOTIFY_SOCKET="+m.path)
	if err := cmd.Start(); err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() {
		if f.t.Failed() {
			data, _ := os.ReadFile(out.Name())
			f.t.Logf("%v: %s", cmd, data)
		}
	})
	return cmd
}

func (f *fixture) pid(id string) int {
	f.t.Helper()
	var state struct{ Pid int }
	if err := json.Unmarshal([]byte(f.mustRT("state", id)), &state); err != nil {
		f.t.Fatal(err)
	}
	return state.Pid
}

// A service in a container is ready: the manager hears that and who it is, and
// nothing else that the container says.
func TestNotifySocket(t *testing.T) {
	f := newFixture(t, "sh", "-c", `test "$NOTIFY_SOCKET" = /run/notify/notify.sock && test -d /run/notify && sleep 1000`)
	m := newManager(t)
	socket := filepath.Join(f.mark.State, "c1", "notify", "notify.sock")
	noise := []string{"STATUS=x", "MAINPID=1", "READY=0\nFDSTORE=1", "XREADY=1", "MAINPID=1\nREADY=1\nSTATUS=y"}

	check := func(t *testing.T, pid int) {
		t.Helper()
		if got, want := m.next(), "MAINPID="+strconv.Itoa(pid)+"\nREADY=1\n"; got != want {
			t.Errorf("the manager was told %q, want %q", got, want)
		}
		if got := m.next(); got != "BARRIER=1" {
			t.Errorf("the manager was told %q behind that, want the barrier", got)
		}
	}
	wait := func(t *testing.T, cmd *exec.Cmd) {
		t.Helper()
		if err := cmd.Wait(); err != nil {
			t.Errorf("%v: %v", cmd, err)
		}
	}
	t.Run("start", func(t *testing.T) {
		wait(t, f.background(m, "create", "--bundle", f.bundle, "c1"))
		start := f.background(m, "start", "c1")
		tell(t, socket, noise...)
		wait(t, start)
		check(t, f.pid("c1"))
		f.mustRT("delete", "--force", "c1")
	})
	t.Run("run detached", func(t *testing.T) {
		run := f.background(m, "run", "--detach", "--bundle", f.bundle, "c1")
		tell(t, socket, noise...)
		wait(t, run)
		check(t, f.pid("c1"))
		f.mustRT("delete", "--force", "c1")
	})
	t.Run("run", func(t *testing.T) {
		run := f.background(m, "run", "--bundle", f.bundle, "c1")
		tell(t, socket, noise...)
		check(t, run.Process.Pid)
		f.mustRT("kill", "c1", "KILL")
		_ = run.Wait()
	})
	t.Run("never ready", func(t *testing.T) {
		run := f.background(m, "run", "--detach", "--bundle", f.bundle, "c1")
		tell(t, socket, "STATUS=x")
		for deadline := time.Now().Add(time.Minute); ; { // rt does not come back
			out, _ := f.rt("state", "c1")
			if strings.Contains(out, `"status": "running"`) && hasExecuted(f.pid("c1")) {
				break
			} else if time.Now().After(deadline) {
				t.Fatal(out)
			}
		}
		f.mustRT("kill", "c1", "KILL")
		wait(t, run)
		f.mustRT("delete", "c1")
	})
	select {
	case text := <-m.told:
		t.Errorf("the manager was told %q", text)
	default:
	}
}

// A startContainer hook without an environment of its own has that of the
// container's process, whichever command runs it.
func TestNotifySocketOfHook(t *testing.T) {
	f := newFixture(t, "sh", "-c", "exit 0")
	rootfs := filepath.Join(f.bundle, "rootfs")
	hooks := map[string]any{"startContainer": []any{map[string]any{
		"path": "/bin/sh", "args": []string{"sh", "-c", `echo "$NOTIFY_SOCKET" >>/told`},
	}}}
	err := bundle.EditFile(filepath.Join(f.bundle, "config.json"), bundle.Set{Pointer: "/hooks", Value: hooks}, bundle.Set{Pointer: "/root/readonly", Value: false})
	if err != nil {
		t.Fatal(err)
	}
	m := newManager(t)
	for _, args := range [][]string{{"run", "--bundle", f.bundle, "c1"}, {"create", "--bundle", f.bundle, "c1"}, {"start", "c1"}} {
		if err := f.background(m, args...).Wait(); err != nil {
			t.Errorf("%v: %v", args, err)
		}
	}
	f.mustRT("delete", "--force", "c1")
	told, err := os.ReadFile(filepath.Join(rootfs, "told"))
	if want := strings.Repeat("/run/notify/notify.sock\n", 2); err != nil || string(told) != want {
		t.Errorf("the hooks have %q, %v, want %q", told, err, want)
	}
}

// hasExecuted reports whether an init has become its program: its container is
// running from when it is told to.
func hasExecuted(pid int) bool {
	exe, err := os.Readlink("/proc/" + strconv.Itoa(pid) + "/exe")
	return err == nil && !strings.Contains(exe, "rt-init")
}

// Without a manager a container has no such socket, and start does not wait.
func TestNoNotifySocket(t *testing.T) {
	f := newFixture(t, "sh", "-c", `test -z "$NOTIFY_SOCKET" && test ! -e /run/notify`)
	if out, status := f.rt("run", "--bundle", f.bundle, "c1"); status != 0 {
		t.Errorf("exit status %d: %s", status, out)
	}
	m := newManager(t)
	f.mustRT("create", "--bundle", f.bundle, "c1")
	start := f.background(m, "start", "c1")
	if err := start.Wait(); err != nil {
		t.Error(err)
	}
	f.mustRT("delete", "--force", "c1")
}

// Behind a create and a detached run or exec, the process is a child of the
// caller's subreaper, and nobody stands between.
func TestParentage(t *testing.T) {
	f := newFixture(t, "sleep", "1000")
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0) }()
	pidFile := filepath.Join(t.TempDir(), "pid")
	check := func(what string) int {
		t.Helper()
		text, err := os.ReadFile(pidFile)
		if err != nil {
			t.Fatal(err)
		}
		status, err := os.ReadFile("/proc/" + string(text) + "/status")
		if err != nil {
			t.Fatal(err)
		}
		if want := "\nPPid:\t" + strconv.Itoa(os.Getpid()) + "\n"; !strings.Contains(string(status), want) {
			t.Errorf("%s: status\n%swant%s", what, status, want)
		}
		pid, err := strconv.Atoi(string(text))
		if err != nil {
			t.Fatal(err)
		}
		return pid
	}
	f.mustRT("create", "--bundle", f.bundle, "--pid-file", pidFile, "c1")
	pids := []int{check("create")}
	f.mustRT("start", "c1")
	f.mustRT("exec", "--detach", "--pid-file", pidFile, "c1", "sleep", "1000")
	// A pid namespace stays until all in it are reaped (pid_namespaces(7)), so
	// an engine that does not reap keeps delete waiting.
	execed := check("exec")
	reap(t, execed)
	f.mustRT("delete", "--force", "c1")
	f.mustRT("run", "--detach", "--bundle", f.bundle, "--pid-file", pidFile, "c2")
	pids = append(pids, check("run"))
	f.mustRT("delete", "--force", "c2")
	for _, pid := range pids {
		reap(t, pid)
	}
	if pid, err := unix.Wait4(-1, nil, unix.WNOHANG, nil); err != unix.ECHILD {
		t.Errorf("there is another child: %d, %v", pid, err)
	}
}

// reap ends a child of this process.
func reap(t *testing.T, pid int) {
	t.Helper()
	_ = unix.Kill(pid, unix.SIGKILL)
	if got, err := unix.Wait4(pid, nil, 0, nil); got != pid {
		t.Errorf("wait for process %d: %d, %v", pid, got, err)
	}
}

// TestNotifyCheckpoint saves a container that has a manager's socket, which is a
// mount that its configuration does not have, and restores it twice.
func TestNotifyCheckpoint(t *testing.T) {
	need.CRIU(t)
	f := newFixture(t, "sh", "-c", "test -d /run/notify && while :; do sleep 0.05; done")
	m := newManager(t)
	run := f.background(m, "run", "--detach", "--bundle", f.bundle, "c1")
	tell(t, filepath.Join(f.mark.State, "c1", "notify", "notify.sock"), "READY=1")
	if err := run.Wait(); err != nil {
		t.Fatal(err)
	}
	img := t.TempDir()
	for _, name := range []string{"1", "2"} {
		f.mustRT("checkpoint", "--image-path", filepath.Join(img, name), "c1")
		f.mustRT("restore", "--detach", "--bundle", f.bundle, "--image-path", filepath.Join(img, name), "c1")
		if out := f.mustRT("exec", "c1", "grep", " /run/notify ", "/proc/self/mountinfo"); !strings.Contains(out, "/c1/notify ") {
			t.Errorf("/run/notify is %s", out)
		}
	}
	f.mustRT("delete", "--force", "c1")
}
