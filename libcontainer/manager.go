package libcontainer

import (
	"context"
	"fmt"

	"github.com/oci-rt/rt/libcontainer/sdnotify"
)

// listenFor makes the socket for a container's readiness, or returns nil if the
// container was not created for a service manager.
func (c *Container) listenFor(manager string) (*sdnotify.Proxy, error) {
	dir := c.state.Surroundings.NotifyDir
	if manager == "" || dir == "" {
		return nil, nil
	}
	return sdnotify.Listen(manager, dir)
}

// AwaitReady waits until the process has reported that its service is ready, and
// passes that on to the service manager, with the pid of the service's main
// process: pid, or the process's own if pid is 0. If the process does not report
// readiness, it does nothing. If ctx ends before, that is the error, and the
// process goes on.
func (p *Process) AwaitReady(ctx context.Context, pid int) error {
	if p.proxy == nil {
		return nil
	}
	if pid == 0 {
		pid = p.Pid()
	}
	defer p.proxy.Close()
	return p.proxy.Forward(ctx, p.pidfd, pid)
}

// startFor is start for a runtime with a service manager: it waits until the
// container is ready.
func (c *Container) startFor(ctx context.Context, manager string) error {
	proxy, err := c.listenFor(manager)
	if err != nil {
		return err
	}
	if proxy == nil {
		return c.start(ctx)
	}
	defer proxy.Close()
	process, err := c.state.Init.Open()
	if err != nil {
		return fmt.Errorf("the container's process %d: %w", c.state.Init.Pid, err)
	}
	defer process.Close()
	if err := c.start(ctx); err != nil {
		return err
	}
	c.dir.Unlock() // it may take long, and others may want to work on the container
	return proxy.Forward(ctx, process, c.state.Init.Pid)
}
