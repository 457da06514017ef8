package linux

import (
	"context"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Sleep waits for d. If ctx ends before, it returns the cause.
func Sleep(ctx context.Context, d time.Duration) error {
	if ctx.Done() == nil {
		time.Sleep(d)
		return nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// PollUntil is [Poll] that also ends with ctx, and then returns the cause.
func PollUntil(ctx context.Context, fds []unix.PollFd, limit time.Duration) (int, error) {
	if ctx.Done() == nil {
		return Poll(fds, limit)
	}
	if n, err := Poll(fds, 0); n > 0 || err != nil || limit == 0 {
		return n, err // usually there are events at once
	}
	fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC)
	if err != nil {
		return 0, os.NewSyscallError("eventfd", err)
	}
	defer unix.Close(fd)
	woken := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(woken)
		_, _ = unix.Write(fd, []byte{1, 0, 0, 0, 0, 0, 0, 0})
	})
	all := append(fds[:len(fds):len(fds)], unix.PollFd{Fd: int32(fd), Events: unix.POLLIN})
	n, err := Poll(all, limit)
	if !stop() {
		<-woken // the descriptor must not be closed before
	}
	copy(fds, all)
	if all[len(fds)].Revents != 0 && err == nil {
		if n--; n == 0 {
			return 0, context.Cause(ctx)
		}
	}
	return n, err
}

// ReadableUntil is [Readable] that also ends with ctx.
func ReadableUntil(ctx context.Context, fd int, limit time.Duration) (bool, error) {
	fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	n, err := PollUntil(ctx, fds, limit)
	return n > 0, err
}
