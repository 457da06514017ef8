package linux

import (
	"os/exec"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestReadable(t *testing.T) {
	a, b := pair(t)
	for _, limit := range []time.Duration{0, 20 * time.Millisecond} {
		start := time.Now()
		if got, err := Readable(int(b.Fd()), limit); got || err != nil || time.Since(start) < limit {
			t.Errorf("nothing to read within %v: %v, %v after %v", limit, got, err, time.Since(start))
		}
	}
	if _, err := Send(a, []byte("x"), nil); err != nil {
		t.Fatal(err)
	}
	for _, limit := range []time.Duration{-1, 0, time.Hour, 1000000 * time.Hour} {
		if got, err := Readable(int(b.Fd()), limit); !got || err != nil {
			t.Errorf("a message, limit %v: %v, %v", limit, got, err)
		}
	}
	if _, err := Poll(make([]unix.PollFd, 1<<20), 0); err != unix.EINVAL { // poll(2): more than RLIMIT_NOFILE
		t.Skipf("this machine allows a million descriptors: %v", err)
	}
}

// TestPollInterrupted sends the polling thread signals all the time, as the Go
// runtime does to preempt it.
func TestPollInterrupted(t *testing.T) {
	_, b := pair(t)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	thread, stop := unix.Gettid(), make(chan struct{})
	defer close(stop)
	go func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(2 * time.Millisecond):
				_ = unix.Tgkill(unix.Getpid(), thread, unix.SIGURG)
			}
		}
	}()
	const limit = 100 * time.Millisecond
	start := time.Now()
	got, err := Readable(int(b.Fd()), limit)
	if took := time.Since(start); got || err != nil || took < limit || took > 20*limit {
		t.Errorf("%v, %v after %v", got, err, took)
	}
}

func TestChild(t *testing.T) {
	cmd := exec.Command("false")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	pidfd, err := OpenChild(cmd.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	defer pidfd.Close()
	if ended, err := Readable(int(pidfd.Fd()), -1); !ended || err != nil {
		t.Errorf("its end: %v, %v", ended, err)
	}
	if status, err := Reap(cmd.Process.Pid); err != nil || status.ExitStatus() != 1 {
		t.Errorf("status %v, %v", status, err)
	}
	if _, err := Reap(cmd.Process.Pid); err != unix.ECHILD {
		t.Errorf("reaped again: %v", err)
	}
	_ = cmd.Process.Release()
	if _, err := OpenChild(-1); err == nil {
		t.Error("pid -1 was opened")
	}
}
