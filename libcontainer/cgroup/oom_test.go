package cgroup

import (
	"context"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// readable waits until a watch says that something may have happened.
func readable(t *testing.T, w *OOMWatch, limit time.Duration) bool {
	t.Helper()
	for deadline := time.Now().Add(limit); time.Now().Before(deadline); {
		fds := []unix.PollFd{{Fd: int32(w.FD), Events: unix.POLLIN}}
		if n, err := unix.Poll(fds, 20); err != nil && err != unix.EINTR {
			t.Fatal(err)
		} else if n > 0 {
			return true
		}
	}
	return false
}

func TestWatchOOM(t *testing.T) {
	c := newConfig(t)
	needController(t, c, "memory")
	if err := c.Create(&specs.LinuxResources{Memory: &specs.LinuxMemory{Limit: pointer[int64](4 << 20)}}); err != nil {
		t.Fatal(err)
	}
	w, err := c.WatchOOM()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if w.Happened() || readable(t, w, 30*time.Millisecond) {
		t.Error("something happened before anything ran")
	}
	for range 2 {
		start(t, c, "x=0123456789; while :; do x=$x$x; done")
		happened := false
		for end := time.Now().Add(20 * time.Second); !happened && time.Now().Before(end); {
			happened = readable(t, w, time.Second) && w.Happened()
		}
		if !happened {
			t.Fatal("a process was killed in silence")
		}
		eventually(t, "the process ends", func() bool { pids, _ := c.Procs(); return len(pids) == 0 })
		for readable(t, w, 50*time.Millisecond) {
			w.Happened() // v1 may tell of one more than once
		}
	}
	// That the cgroup goes is no lack of memory.
	if err := c.Destroy(context.Background()); err != nil {
		t.Fatal(err)
	}
	readable(t, w, 50*time.Millisecond)
	if w.Happened() {
		t.Error("the end of the cgroup is taken for a lack of memory")
	}
}

func TestWatchOOMWithoutController(t *testing.T) {
	c := fakeTree(t, nil)
	w, err := c.WatchOOM()
	if err != nil || w.FD != -1 || w.Happened() {
		t.Errorf("%v, %+v", err, w)
	}
	w.Close()
}
