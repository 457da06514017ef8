package hook

import (
	"context"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// wait waits for the end of a hook, and kills it with its process group when
// the limit has passed. A hook that does not exit with status 0 is an error.
//
// The process is reaped here and nowhere else, so its pid is its own.
func wait(ctx context.Context, pid int, limit time.Duration) error {
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		kill(pid)
		_, _ = reap(pid)
		return fmt.Errorf("open process %d: %w", pid, err)
	}
	pidfd := os.NewFile(uintptr(fd), "pidfd")
	defer pidfd.Close()
	stop := killWith(ctx, pid)
	late := !ends(fd, limit)
	stop() // before its pid is somebody else's
	if late {
		kill(pid)
	}
	status, err := reap(pid)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		return fmt.Errorf("wait for process %d: %w", pid, err)
	case late:
		return fmt.Errorf("timed out after %v", limit)
	case status.Signaled():
		return fmt.Errorf("killed by %s", unix.SignalName(status.Signal()))
	case status.ExitStatus() != 0:
		return fmt.Errorf("exit status %d", status.ExitStatus())
	}
	return nil
}

// maxPoll keeps the timeout of poll(2), an int of milliseconds, in range.
const maxPoll = time.Hour

// ends waits until the process of a pidfd ends, and reports false if it does
// not within the limit. A limit of 0 is none.
func ends(pidfd int, limit time.Duration) bool {
	deadline := time.Now().Add(limit)
	fds := []unix.PollFd{{Fd: int32(pidfd), Events: unix.POLLIN}}
	for left := limit; limit == 0 || left > 0; left = time.Until(deadline) {
		timeout := -1
		if limit > 0 {
			timeout = int(min(left, maxPoll).Milliseconds()) + 1
		}
		n, err := unix.Poll(fds, timeout)
		if n > 0 || err != nil && err != unix.EINTR {
			return true // after an error reap waits, without a limit
		}
	}
	return false
}

// killWith kills a hook when ctx ends. What it returns stops that, and waits until it
// has been done if it was too late to.
func killWith(ctx context.Context, pid int) (stop func()) {
	if ctx.Done() == nil {
		return func() {}
	}
	done := make(chan struct{})
	stopped := context.AfterFunc(ctx, func() {
		kill(pid)
		close(done)
	})
	return func() {
		if !stopped() {
			<-done
		}
	}
}

// kill kills a hook and its process group, which it may not lead yet.
func kill(pid int) {
	_ = unix.Kill(pid, unix.SIGKILL)
	_ = unix.Kill(-pid, unix.SIGKILL)
}

func reap(pid int) (status unix.WaitStatus, err error) {
	for {
		if _, err = unix.Wait4(pid, &status, 0, nil); err != unix.EINTR {
			return status, err
		}
	}
}
