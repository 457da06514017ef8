package libcontainer

import (
	"fmt"
	"os"
	"slices"

	"github.com/oci-rt/rt/libcontainer/sdnotify"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// showManager gives a container whose runtime has a service manager the socket
// that its readiness goes through: a mount and a variable that its configuration
// does not have.
func (b *newContainer) showManager() error {
	if b.cfg.Manager == "" {
		return nil
	}
	dir, err := b.dir.MakeNotifyDir()
	if err != nil {
		return err
	}
	s, p := new(*b.cfg.Spec), new(*b.cfg.Spec.Process)
	s.Mounts = append(slices.Clone(s.Mounts), sdnotify.Mount(dir))
	p.Env = append(slices.Clone(p.Env), sdnotify.Variable)
	s.Process = p
	b.cfg.Spec, b.Container.spec = s, s
	if b.wait {
		return nil // start makes the socket
	}
	b.handover.proxy, err = sdnotify.Listen(b.cfg.Manager, dir)
	return err
}

// managerMount returns the mount that showManager has added, if there may be
// one.
func (c *Container) managerMount() (specs.Mount, bool) {
	dir := c.dir.NotifyDir()
	_, err := os.Stat(dir)
	return sdnotify.Mount(dir), err == nil
}

// listenFor makes the socket of a container that showManager has prepared, or
// returns nil.
func (c *Container) listenFor(manager string) (*sdnotify.Proxy, error) {
	dir := c.dir.NotifyDir()
	if _, err := os.Stat(dir); manager == "" || err != nil {
		return nil, nil
	}
	return sdnotify.Listen(manager, dir)
}

// AwaitReady waits until the process, if it is one that tells, has told that its
// service is ready, and passes that on to the service manager, with the pid of
// the service's main process: pid, or that of the process if pid is 0.
func (f *Foreground) AwaitReady(pid int) error {
	if f.proxy == nil {
		return nil
	}
	if pid == 0 {
		pid = f.session.Pid()
	}
	defer f.proxy.Close()
	return f.proxy.Forward(f.pidfd, pid)
}

// startFor is start for a runtime with a service manager: it waits until the
// container is ready.
func (c *Container) startFor(manager string) error {
	proxy, err := c.listenFor(manager)
	if err != nil {
		return err
	}
	if proxy == nil {
		return c.start()
	}
	defer proxy.Close()
	process, err := c.state.Init.Open()
	if err != nil {
		return fmt.Errorf("the container's first process %d: %w", c.state.Init.Pid, err)
	}
	defer process.Close()
	if err := c.start(); err != nil {
		return err
	}
	c.dir.Unlock() // it may take long, and others may want to work on the container
	return proxy.Forward(process, c.state.Init.Pid)
}
