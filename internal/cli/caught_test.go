package cli

import (
	"os"
	"os/exec"
	"runtime"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// passOn passes all signals on to its standard output, until SIGTERM, while
// others keep the runtime busy.
func passOn() {
	c := catchSignals()
	c.await(false)
	for range 2 {
		go func() {
			for {
				_ = make([]byte, 1<<12)
				runtime.Gosched()
			}
		}()
	}
	go func() {
		<-c.all
		c.signals <- unix.SIGUSR1 // so that the test knows
	}()
	c.forward(func(s unix.Signal) {
		if _, err := os.Stdout.Write([]byte{byte(s)}); err != nil {
			os.Exit(1)
		}
		if s == unix.SIGTERM {
			os.Exit(0)
		}
	})
}

// startPassOn starts this test as a process that runs passOn, and returns what
// reads a byte of its output.
func startPassOn(t *testing.T) (cmd *exec.Cmd, next func() byte) {
	t.Helper()
	cmd = exec.Command("/proc/self/exe", "-test.run=^TestEverySignalArrives$")
	cmd.Env = append(os.Environ(), "PASS_ON=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stop := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
	t.Cleanup(func() { stop.Stop() })
	return cmd, func() byte {
		var b [1]byte
		if _, err := out.Read(b[:]); err != nil {
			t.Fatalf("read from the child: %v", err)
		}
		return b[0]
	}
}

func TestEverySignalArrives(t *testing.T) {
	if os.Getenv("PASS_ON") != "" {
		passOn()
	}
	cmd, next := startPassOn(t)
	next() // it has caught all
	signals := slices.DeleteFunc(catchable(), func(s os.Signal) bool { return s == unix.SIGTERM || s == unix.SIGPIPE })
	send := func(s os.Signal) {
		if err := cmd.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
	}
	receive := func(s os.Signal) {
		if got := next(); got != byte(s.(unix.Signal)) {
			t.Fatalf("got signal %d, want %v", got, s)
		}
	}
	for range 3 {
		for _, s := range signals {
			send(s)
			receive(s)
		}
	}
	send(unix.SIGPIPE) // of a write of its own, most likely
	send(unix.SIGTERM)
	receive(unix.SIGTERM)
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

func TestCatchable(t *testing.T) {
	all := catchable()
	for _, s := range []unix.Signal{unix.SIGHUP, unix.SIGTERM, unix.SIGPIPE, unix.SIGWINCH, unix.SIGCONT, unix.SIGTSTP, 35, 64} {
		if !slices.Contains(all, os.Signal(s)) {
			t.Errorf("signal %d is not among them", s)
		}
	}
	for _, s := range []unix.Signal{unix.SIGKILL, unix.SIGSTOP, unix.SIGCHLD, unix.SIGSEGV, unix.SIGURG, 32, 34, 0, 65} {
		if slices.Contains(all, os.Signal(s)) {
			t.Errorf("signal %d is among them", s)
		}
	}
}
