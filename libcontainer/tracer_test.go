package libcontainer

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// tracedVar names the process that TestTracer is to trace.
const tracedVar = "TEST_TRACED"

// TestTracer is a debugger that attaches to a process and then sleeps: it does not wait
// for the process's end until its input ends.
func TestTracer(t *testing.T) {
	pid, err := strconv.Atoi(os.Getenv(tracedVar))
	if err != nil {
		t.Skip("TestWaitForTraced runs it")
	}
	runtime.LockOSThread()
	if err := unix.PtraceSeize(pid); err != nil {
		t.Fatal(err)
	}
	fmt.Println("attached")
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// TestWaitForTraced kills a process that is being traced. Its parent can reap it only when
// the tracer has heard of its end: until then Wait waits.
func TestWaitForTraced(t *testing.T) {
	s, cfg := faultBundle(t)
	cfg.Spec.Process.Args = []string{"busybox", "sleep", "1000"}
	p, err := s.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	tracer := exec.Command("/proc/self/exe", "-test.run=^TestTracer$")
	tracer.Env = append(os.Environ(), tracedVar+"="+strconv.Itoa(p.Pid()))
	in, err := tracer.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := tracer.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := tracer.Start(); err != nil {
		t.Fatal(err)
	}
	if line, _ := bufio.NewReader(out).ReadString('\n'); line != "attached\n" {
		t.Errorf("the tracer says %q", line)
	}
	if err := p.Signal(unix.SIGKILL); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := p.Wait(ctx); err == nil || ctx.Err() == nil {
		t.Errorf("a process that cannot be reaped: %v", err)
	}
	in.Close()
	if status, err := waitAndRemove(p); status != 137 || err != nil {
		t.Errorf("status %d, %v", status, err)
	}
	if err := tracer.Wait(); err != nil {
		t.Error(err)
	}
}
