package libcontainer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/oci-rt/rt/internal/linux"
	"github.com/oci-rt/rt/libcontainer/cgroup"
	"github.com/oci-rt/rt/libcontainer/state"
	"golang.org/x/sys/unix"
)

// Event is an event of a container. Its layout as JSON is that of runc.
type Event struct {
	Type string `json:"type"` // "stats" or "oom"
	ID   string `json:"id"`
	Data *Stats `json:"data,omitempty"` // of "stats"
}

// Events calls tell with the events of a container until it stops, or tell fails:
// its stats at every interval, and each time that it was out of memory. If ctx
// ends before, that is the error. If the container has already stopped, the error
// is [ErrNotRunning].
func (c *Container) Events(ctx context.Context, interval time.Duration, tell func(*Event) error) error {
	process, err := c.state.Init.Open()
	if errors.Is(err, unix.ESRCH) {
		return ErrNotRunning
	}
	if err != nil {
		return fmt.Errorf("open process %d: %w", c.state.Init.Pid, err)
	}
	defer process.Close()
	oom, err := c.state.Cgroup.WatchOOM()
	if err != nil {
		return err
	}
	defer oom.Close()
	c.warnUncounted()
	return (&watcher{c, process, oom, interval, tell}).watch(ctx)
}

// WatchOOM watches for the container's processes to be out of memory: see
// [cgroup.OOMWatch]. The caller closes the watch.
func (c *Container) WatchOOM() (*cgroup.OOMWatch, error) { return c.state.Cgroup.WatchOOM() }

// watcher is a container that is being watched.
type watcher struct {
	*Container
	process  *os.File // pidfd of its first process
	oom      *cgroup.OOMWatch
	interval time.Duration
	tell     func(*Event) error
}

func (w *watcher) watch(ctx context.Context) error {
	next := time.Now().Add(w.interval)
	for {
		ended, err := w.wait(ctx, time.Until(next))
		if err != nil {
			return err
		}
		// The lack of memory of which the process died comes before its end.
		if w.oom.Happened() {
			if err := w.tell(&Event{Type: "oom", ID: w.state.ID}); err != nil {
				return err
			}
		}
		switch {
		case ended:
			return nil
		case time.Now().Before(next):
			continue
		}
		if err := w.tellStats(); err != nil {
			return err
		}
		next = time.Now().Add(w.interval)
	}
}

// wait waits for an event, but not longer than limit, and reports whether the
// container has ended.
func (w *watcher) wait(ctx context.Context, limit time.Duration) (ended bool, err error) {
	fds := []unix.PollFd{
		{Fd: int32(w.process.Fd()), Events: unix.POLLIN},
		{Fd: int32(w.oom.FD), Events: unix.POLLIN}, // poll(2) leaves out -1
	}
	if _, err := linux.PollUntil(ctx, fds, max(0, limit)); err != nil {
		return false, fmt.Errorf("wait for events of the container: %w", err)
	}
	return fds[0].Revents != 0, nil
}

// tellStats tells the stats, unless the container has ended meanwhile.
func (w *watcher) tellStats() error {
	s, err := w.stats()
	if err != nil {
		if ended, _ := state.HasEnded(int(w.process.Fd())); ended {
			return nil
		}
		return err
	}
	return w.tell(&Event{Type: "stats", ID: w.state.ID, Data: s})
}
