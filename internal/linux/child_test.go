package linux

import (
	"os/exec"
	"testing"

	"golang.org/x/sys/unix"
)

// TestWaitChild checks how a child ended, first without reaping it, and that it
// is gone after reaping.
func TestWaitChild(t *testing.T) {
	for script, want := range map[string]Child{"exit 7": {Code: 7}, "kill -9 $$": {Signal: unix.SIGKILL}, "exit 0": {}} {
		cmd := exec.Command("sh", "-c", script)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		want.Pid = cmd.Process.Pid
		var rusage unix.Rusage
		for _, options := range []int{unix.WNOWAIT, 0} {
			got, ended, err := WaitChild(unix.P_PID, want.Pid, options, &rusage)
			if got != want || !ended || err != nil {
				t.Errorf("%s: %+v, %v, %v, want %+v", script, got, ended, err, want)
			}
		}
		if rusage.Maxrss == 0 {
			t.Errorf("%s: no rusage", script)
		}
		_ = cmd.Process.Release()
		if _, _, err := WaitChild(unix.P_PID, want.Pid, 0, nil); err != unix.ECHILD {
			t.Errorf("%s: %v behind the end", script, err)
		}
	}
	cmd := exec.Command("sleep", "1000")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, ended, err := WaitChild(unix.P_PID, cmd.Process.Pid, unix.WNOHANG, nil); ended || err != nil {
		t.Errorf("one that lives: %v, %v", ended, err)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
}
