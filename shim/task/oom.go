package task

import (
	"sync"

	"github.com/containerd/containerd/api/events"
	"github.com/oci-rt/rt/libcontainer"
	"github.com/oci-rt/rt/libcontainer/cgroup"
	"github.com/oci-rt/rt/shim/stdio"
	"golang.org/x/sys/unix"
)

// oomWatch tells each time a container is out of memory.
type oomWatch struct {
	tell func()

	mu   sync.Mutex
	lib  *cgroup.OOMWatch // nil when it is over
	loop *stdio.Watch
}

// watchOOM begins to tell. Without a memory controller there is nothing to tell.
func (c *container) watchOOM() {
	var lib *cgroup.OOMWatch
	err := c.with(func(in *libcontainer.Container) (err error) {
		lib, err = in.WatchOOM()
		return err
	})
	if err != nil {
		c.warnOf(err)
		return
	}
	w := &oomWatch{lib: lib, tell: func() { c.service.tell(&events.TaskOOM{ContainerID: c.id}) }}
	if lib.FD >= 0 {
		w.loop, err = c.service.loop.Watch(lib.FD, unix.EPOLLIN, w.look)
		c.warnOf(err)
	}
	c.oom = w
}

// look tells, if something has happened since it was asked last.
func (w *oomWatch) look() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.lib != nil && w.lib.Happened() {
		w.tell()
	}
}

// stopOOM tells for the last time, if there is something to tell: what a process has
// died of comes before its end.
func (c *container) stopOOM() {
	w := c.oom
	if w == nil {
		return
	}
	w.look()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.loop.Stop()
	w.lib.Close()
	w.lib = nil
}
