// Package reaper runs tests below a process that reaps what they leave behind, at once.
//
// When a runtime is killed, its children become those of pid 1, which need not be quick
// to reap them: in a container it may be any program. The kernel lets the first process of
// a pid namespace end only when all others in it have been reaped, so a delete would wait
// for pid 1.
package reaper

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// below is set for the process that runs the tests.
const below = "TEST_BELOW_REAPER"

// Run calls run in a child of this process, and returns its result there. In this
// process it returns the child's exit status.
func Run(run func() int) int {
	if os.Getenv(below) != "" {
		os.Unsetenv(below)
		return run()
	}
	status, err := reap()
	if err != nil {
		fmt.Fprintln(os.Stderr, "reaper:", err)
		return 1
	}
	return status
}

// reap starts this program once more and reaps its descendants until it ends.
func reap() (status int, err error) {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return 0, fmt.Errorf("become a subreaper: %w", err)
	}
	cmd := exec.Command("/proc/self/exe", os.Args[1:]...)
	cmd.Args[0] = os.Args[0]
	cmd.Env = append(os.Environ(), below+"=1")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: unix.SIGKILL}
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	forwardSignals(cmd.Process)
	for {
		var ws unix.WaitStatus
		pid, err := unix.Wait4(-1, &ws, 0, nil)
		switch {
		case err == unix.EINTR:
		case err != nil:
			return 0, os.NewSyscallError("wait4", err)
		case pid == cmd.Process.Pid && ws.Signaled():
			return 128 + int(ws.Signal()), nil
		case pid == cmd.Process.Pid:
			return ws.ExitStatus(), nil
		}
	}
}

// forwardSignals passes on what ends a test: SIGQUIT is of a go test whose patience has
// ended.
func forwardSignals(to *os.Process) {
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, unix.SIGINT, unix.SIGQUIT, unix.SIGTERM)
	go func() {
		for s := range signals {
			_ = to.Signal(s)
		}
	}()
}
