package state

import (
	"errors"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestParseStat(t *testing.T) {
	const tail = " 1 7 7 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 123456 9 9"
	for _, name := range []string{"(sh)", "(a b)", "(x) S 1)", "())"} {
		got, err := parseStat([]byte("42 " + name + " S" + tail))
		if err != nil || got.startTime != 123456 {
			t.Errorf("name %s: %+v, %v", name, got, err)
		}
	}
	for _, bad := range []string{"", "1", "1 (x)", "1 (x) S 1 2", "1 (x) S 1 7 7 0 -1 0 1 0 0 0 0 0 0 0 20 0 1 0 soon 9"} {
		if got, err := parseStat([]byte(bad)); err == nil {
			t.Errorf("parseStat(%q) = %+v, want an error", bad, got)
		}
	}
}

// The same pid with another inode of its pidfds, or another start time, is
// another process: it must be neither alive nor signalled.
func TestIdentityTellsReusedPid(t *testing.T) {
	cmd := exec.Command("sleep", "60")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	for name, id := range identities(t, cmd.Process.Pid) {
		expectAlive(t, name, id, true)
		fd, err := id.Open()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		fd.Close()
		other := id
		other.Inode, other.StartTime = decrement(id.Inode), decrement(id.StartTime)
		expectAlive(t, "other "+name, other, false)
		if fd, err := other.Open(); err != unix.ESRCH {
			t.Errorf("%s: open of a reused pid = %v, %v; want ESRCH", name, fd, err)
		}
	}
}

func decrement(n uint64) uint64 { return max(n, 1) - 1 }

// identities are those of a process on this kernel and on one whose pidfds
// have no inodes of their own.
func identities(t *testing.T, pid int) map[string]Identity {
	t.Helper()
	id, err := Identify(pid)
	if err != nil {
		t.Fatal(err)
	}
	st, err := readStat(pid)
	if err != nil {
		t.Fatal(err)
	}
	old := Identity{Pid: pid, StartTime: st.startTime, Namespace: id.Namespace}
	return map[string]Identity{"this kernel": id, "old kernel": old}
}

func expectAlive(t *testing.T, what string, id Identity, want bool) {
	t.Helper()
	if got, err := id.Alive(); got != want || err != nil {
		t.Errorf("%s: alive = %v, %v; want %v", what, got, err, want)
	}
}

func TestZombieIsNotAlive(t *testing.T) {
	cmd := exec.Command("cat")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Wait() }()
	ids := identities(t, cmd.Process.Pid)
	stdin.Close()
	if err := unix.Waitid(unix.P_PID, cmd.Process.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil); err != nil {
		t.Fatal(err)
	}
	for name, id := range ids {
		expectAlive(t, "zombie on "+name, id, false)
	}
	expectAlive(t, "no process", Identity{}, false)
	expectAlive(t, "incomplete identity", Identity{Pid: os.Getpid()}, false)
}

// threadsProbe makes a run of this test binary end its first thread.
const threadsProbe = "RT_TEST_THREADS_PROBE"

// A process lives as long as one of its threads does, also when the first one
// is a zombie.
func TestFirstThreadHasEnded(t *testing.T) {
	if os.Getenv(threadsProbe) != "" {
		endFirstThread()
	}
	cmd := exec.Command("/proc/self/exe", "-test.run=^TestFirstThreadHasEnded$")
	cmd.Env = append(os.Environ(), threadsProbe+"=1")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	for deadline := time.Now().Add(20 * time.Second); processState(t, cmd.Process.Pid) != "Z"; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the first thread does not end")
		}
	}
	for name, id := range identities(t, cmd.Process.Pid) {
		expectAlive(t, name, id, true)
		waits, err := (Init{Identity: id}).Waits()
		if waits || err != nil {
			t.Errorf("%s: waits = %v, %v; want false", name, waits, err)
		}
	}
}

// endFirstThread ends the first thread, and leaves others.
func endFirstThread() {
	for {
		go func() {
			runtime.LockOSThread()
			if unix.Gettid() == unix.Getpid() {
				_, _, _ = unix.RawSyscall(unix.SYS_EXIT, 0, 0, 0)
			}
			select {}
		}()
		time.Sleep(time.Millisecond)
	}
}

// processState returns field 3 of proc_pid_stat(5).
func processState(t *testing.T, pid int) string {
	t.Helper()
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(text), ") ")
	return after[:1]
}

// A pid that is nobody's where this process is may be somebody's where it counts.
func TestIdentityOfOtherNamespace(t *testing.T) {
	cmd := exec.Command("true")
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	here := Identity{Pid: cmd.Process.Pid, Inode: 1, Namespace: pidNamespace()}
	expectAlive(t, "ended", here, false)
	there := here
	there.Namespace--
	if alive, err := there.Alive(); alive || !errors.Is(err, ErrElsewhere) {
		t.Errorf("alive = %v, %v; want ErrElsewhere", alive, err)
	}
}

// What cannot be looked at is not dead.
func TestIdentityWithoutDescriptors(t *testing.T) {
	for name, id := range identities(t, os.Getpid()) {
		var alive bool
		var err error
		withoutDescriptors(t, func() { alive, err = id.Alive() })
		if alive || !errors.Is(err, unix.EMFILE) {
			t.Errorf("%s: alive = %v, %v; want EMFILE", name, alive, err)
		}
	}
}

// A process that has ended and left orphans in its session is gone, though
// its pid is still in use, as the session's number.
func TestGoneLeaderOfSession(t *testing.T) {
	cmd := exec.Command("/bin/sh", "-c", "sleep 60 </dev/null >/dev/null & read line")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Kill(-cmd.Process.Pid, unix.SIGKILL) }()
	id, err := Identify(cmd.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = stdin.Write([]byte("go\n"))
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	if fd, err := id.Open(); err != unix.ESRCH {
		t.Errorf("open = %v, %v; want ESRCH", fd, err)
	}
}
