package task

import (
	"context"
	"time"

	"github.com/containerd/containerd/api/events"
	"github.com/oci-rt/rt/libcontainer"
	"golang.org/x/sys/unix"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// othersLimit bounds the wait for the other processes of a container whose first one
// has ended, after they were killed: one in uninterruptible sleep may never end.
const othersLimit = 10 * time.Second

// watch waits for the end of a process and tells it.
func (c *container) watch(p *process) {
	lib := p.lib
	go func() {
		e, err := lib.Wait(context.Background())
		exit := Exit{Pid: lib.Pid(), Status: e.Status(), At: e.At}
		p.settle()
		// Its start is told first.
		p.starting.Lock()
		defer p.starting.Unlock()
		switch phase, known := p.state(); {
		case phase >= stopped: // it could not be started, and was reaped for that
			exit = known
		case err != nil:
			c.warnOf(err)
			exit.Status, exit.At = statusFailed, time.Now()
		}
		if p.execID == "" {
			c.initEnded(p, exit)
		} else {
			c.tellEnd(p, exit)
			c.runs.Done()
		}
	}()
}

// initEnded is for the end of the first process, which is told behind those of all
// others.
func (c *container) initEnded(p *process, e Exit) {
	c.close()
	if c.sharesPids {
		c.killOthers()
	}
	c.awaitOthers()
	c.stopOOM()
	c.writeExit(e)
	c.tellEnd(p, e)
}

// killOthers kills what the end of the first process does not end.
func (c *container) killOthers() {
	err := c.with(func(lib *libcontainer.Container) error { return lib.Signal(context.Background(), unix.SIGKILL, true) })
	c.service.warn(err)
}

// awaitOthers waits until the ends of all other processes were told.
func (c *container) awaitOthers() {
	told := make(chan struct{})
	go func() {
		c.runs.Wait()
		close(told)
	}()
	t := time.NewTimer(othersLimit)
	defer t.Stop()
	select {
	case <-told:
	case <-t.C:
	}
}

// tellEnd makes the end known.
func (c *container) tellEnd(p *process, e Exit) {
	p.end(e)
	id := p.execID
	if id == "" {
		id = c.id
	}
	c.service.tell(&events.TaskExit{
		ContainerID: c.id, ID: id, Pid: uint32(e.Pid), ExitStatus: uint32(e.Status), ExitedAt: timestamppb.New(e.At),
	})
}
