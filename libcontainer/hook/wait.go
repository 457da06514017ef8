package hook

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/oci-rt/rt/internal/linux"
	"golang.org/x/sys/unix"
)

// wait waits for the end of a hook, and kills it with its process group when
// the limit has passed. A hook that does not exit with status 0 is an error.
//
// The process is reaped only here, so its pid cannot become another process's before.
func wait(ctx context.Context, pid int, limit time.Duration) error {
	pidfd, err := linux.OpenChild(pid)
	if err != nil {
		kill(pid)
		_, _ = linux.Reap(pid)
		return err
	}
	defer pidfd.Close()
	stop := killWith(ctx, pid)
	late := !ends(pidfd, limit)
	stop() // before another process can get its pid
	if late {
		kill(pid)
	}
	status, err := linux.Reap(pid)
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

// ends waits until the process of a pidfd ends, and reports false if it does not
// within the limit. A limit of 0 means no limit.
func ends(pidfd *os.File, limit time.Duration) bool {
	if limit == 0 {
		limit = -1
	}
	ended, err := linux.Readable(int(pidfd.Fd()), limit)
	return ended || err != nil // after an error Reap waits, without a limit
}

// killWith kills a hook when ctx ends. The returned function stops that or, if it is
// too late, waits until the hook was killed.
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
