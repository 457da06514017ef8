package libcontainer

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

func TestParseStat(t *testing.T) {
	const tail = " 1 7 7 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 123456 9 9"
	for _, name := range []string{"(sh)", "(a b)", "(x) S 1)", "())"} {
		got, err := parseStat([]byte("42 " + name + " S" + tail))
		if err != nil || got.startTime != 123456 || got.state != 'S' {
			t.Errorf("name %s: %+v, %v", name, got, err)
		}
	}
	for _, bad := range []string{"", "1", "1 (x)", "1 (x) S 1 2", "1 (x) S 1 7 7 0 -1 0 1 0 0 0 0 0 0 0 20 0 1 0 soon 9"} {
		if got, err := parseStat([]byte(bad)); err == nil {
			t.Errorf("parseStat(%q) = %+v, want an error", bad, got)
		}
	}
}

// The same pid with another start time is another process: it must be neither
// alive nor signalled.
func TestIdentityTellsReusedPid(t *testing.T) {
	cmd := exec.Command("sleep", "60")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()

	id, err := identify(cmd.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	if !id.alive() {
		t.Error("running process is not alive")
	}
	other := identity{Pid: id.Pid, StartTime: id.StartTime - 1}
	if other.alive() {
		t.Error("a reused pid counts as alive")
	}
	if fd, err := other.open(); !errors.Is(err, unix.ESRCH) {
		t.Errorf("open of a reused pid = %v, %v; want ESRCH", fd, err)
	}
	fd, err := id.open()
	if err != nil {
		t.Fatal(err)
	}
	fd.Close()
}

func TestZombieIsNotAlive(t *testing.T) {
	cmd := exec.Command("true")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	id := identity{Pid: cmd.Process.Pid}
	if st, err := readStat(id.Pid); err == nil {
		id.StartTime = st.startTime
	}
	if err := unix.Waitid(unix.P_PID, id.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil); err != nil {
		t.Fatal(err)
	}
	if id.alive() {
		t.Error("a zombie counts as alive")
	}
	_ = cmd.Wait()
	if (identity{}).alive() || (identity{Pid: os.Getpid()}).alive() {
		t.Error("an incomplete identity counts as alive")
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
	id, err := identify(cmd.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = stdin.Write([]byte("go\n"))
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	if fd, err := id.open(); err != unix.ESRCH {
		t.Errorf("open = %v, %v; want ESRCH", fd, err)
	}
}
