package linux

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/oci-rt/rt/tests/leak"
	"golang.org/x/sys/unix"
)

var errWhy = errors.New("why")

// soon returns a context that ends while something waits.
func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(20*time.Millisecond, func() { cancel(errWhy) })
	return ctx
}

func TestSleep(t *testing.T) {
	if err := errors.Join(Sleep(t.Context(), time.Millisecond), Sleep(context.Background(), time.Millisecond)); err != nil {
		t.Error(err)
	}
	if err := Sleep(soon(t), time.Hour); err != errWhy {
		t.Errorf("ended: %v", err)
	}
}

// Events count first, then the end of the context, then the limit. No descriptor
// is left.
func TestPollUntil(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	defer write.Close()
	ended, cancel := context.WithCancelCause(t.Context())
	cancel(errWhy)
	before := leak.OpenDescriptors()
	fds := []unix.PollFd{{Fd: int32(read.Fd()), Events: unix.POLLIN}}
	for _, tt := range []struct {
		ctx   context.Context
		limit time.Duration
		want  error
	}{{t.Context(), time.Millisecond, nil}, {ended, -1, errWhy}, {soon(t), -1, errWhy}, {soon(t), time.Hour, errWhy}} {
		if n, err := PollUntil(tt.ctx, fds, tt.limit); n != 0 || err != tt.want {
			t.Errorf("nothing there, limit %v: %d, %v, want %v", tt.limit, n, err, tt.want)
		}
	}
	if _, err := write.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	for _, ctx := range []context.Context{context.Background(), t.Context(), ended} {
		if n, err := PollUntil(ctx, fds, -1); n != 1 || err != nil || fds[0].Revents != unix.POLLIN {
			t.Errorf("something there: %d, %v, %#x", n, err, fds[0].Revents)
		}
		if ok, err := ReadableUntil(ctx, int(fds[0].Fd), -1); !ok || err != nil {
			t.Errorf("readable: %v, %v", ok, err)
		}
	}
	if left := leak.OpenDescriptors().Since(before); left != nil {
		t.Errorf("left open: %q", left)
	}
}
