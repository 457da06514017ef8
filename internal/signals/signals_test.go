package signals

import (
	"os"
	"os/exec"
	"runtime"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestMain lets this binary be the process that catches signals, since one can
// do that only once.
func TestMain(m *testing.M) {
	if os.Getenv("SIGNALS_CHILD") != "" {
		os.Exit(child())
	}
	os.Exit(m.Run())
}

// child passes all signals on to its standard output, until SIGTERM, while
// others keep the runtime busy.
func child() int {
	caught, err := Catch(All()...)
	if err != nil {
		return 1
	}
	for range 4 {
		go func() {
			for {
				_ = make([]byte, 1<<12)
				runtime.Gosched()
			}
		}()
	}
	if _, err := Catch(unix.SIGTERM); err == nil {
		return 2
	}
	_, _ = os.Stdout.Write([]byte{0})
	for {
		s, err := caught.Next()
		if err != nil {
			return 3
		}
		if _, err := os.Stdout.Write([]byte{byte(s)}); err != nil {
			return 4
		}
		if s == unix.SIGTERM {
			return 0
		}
	}
}

func TestEverySignalArrives(t *testing.T) {
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), "SIGNALS_CHILD=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stop := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
	defer stop.Stop()
	next := func() byte {
		var b [1]byte
		if _, err := out.Read(b[:]); err != nil {
			t.Fatalf("read from the child: %v", err)
		}
		return b[0]
	}
	next() // it is ready
	signals := slices.DeleteFunc(All(), func(s unix.Signal) bool { return s == unix.SIGTERM })
	for round := range 20 {
		for _, s := range append(signals, unix.SIGTERM) {
			if s == unix.SIGTERM && round < 19 {
				continue
			}
			if err := unix.Kill(cmd.Process.Pid, s); err != nil {
				t.Fatal(err)
			}
			if got := next(); got != byte(s) {
				t.Fatalf("got signal %d, want %d (%s)", got, s, unix.SignalName(s))
			}
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

func TestAll(t *testing.T) {
	all := All()
	for _, s := range []unix.Signal{unix.SIGHUP, unix.SIGTERM, unix.SIGCHLD, unix.SIGWINCH, unix.SIGCONT, unix.SIGTSTP, 34, 64} {
		if !slices.Contains(all, s) {
			t.Errorf("signal %d is not among them", s)
		}
	}
	for _, s := range []unix.Signal{unix.SIGKILL, unix.SIGSTOP, unix.SIGSEGV, unix.SIGURG, 32, 0, 65} {
		if slices.Contains(all, s) {
			t.Errorf("signal %d is among them", s)
		}
	}
}
