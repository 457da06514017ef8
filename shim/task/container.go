package task

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/containerd/containerd/api/types/runc/options"
	"github.com/containerd/errdefs"
	"github.com/oci-rt/rt/libcontainer"
	"github.com/oci-rt/rt/shim/stdio"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// container is one container of the shim.
type container struct {
	service *Service
	id      string
	bundle  string
	rootfs  string // where the request's mounts are, or ""
	store   libcontainer.Store
	options *options.Options
	init    *process
	// sharesPids says that the end of the first process does not end the others.
	sharesPids bool
	// restore is what a container of a checkpoint is made of when it is started, or nil.
	restore *restoreRequest
	paused  atomic.Bool

	deleting sync.Mutex // held by the one delete that does it
	mu       sync.Mutex
	execs    map[string]*process
	runs     sync.WaitGroup // of other processes, until their ends were told
	ends     bool           // the first process has ended: no other starts
	oom      *oomWatch
	kept     *libcontainer.Container // for other processes: see target
}

// process returns the one with this id, "" being the first one.
func (c *container) process(execID string) (*process, error) {
	if execID == "" {
		return c.init, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if p := c.execs[execID]; p != nil {
		return p, nil
	}
	return nil, fmt.Errorf("process %s of container %s: %w", execID, c.id, errdefs.ErrNotFound)
}

// add takes the id for another process.
func (c *container) add(p *process) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.execs[p.execID] != nil {
		return fmt.Errorf("process %s of container %s: %w", p.execID, c.id, errdefs.ErrAlreadyExists)
	}
	if c.execs == nil {
		c.execs = map[string]*process{}
	}
	c.execs[p.execID] = p
	return nil
}

func (c *container) remove(p *process) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.execs, p.execID)
}

// begin says that another process is about to run, unless the first one has ended.
func (c *container) begin() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ends {
		return fmt.Errorf("container %s: %w: %w", c.id, errEnds, errdefs.ErrFailedPrecondition)
	}
	c.runs.Add(1)
	return nil
}

// close lets no other process start any more.
func (c *container) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ends = true
}

// open opens the container's state. The caller must Close it.
func (c *container) open() (*libcontainer.Container, error) { return c.store.Open(c.id) }

// with calls do with the container's state.
func (c *container) with(do func(*libcontainer.Container) error) error {
	lib, err := c.open()
	if err != nil {
		return err
	}
	defer lib.Close()
	return do(lib)
}

// target calls do with the container, in which another process is to run. One that runs
// is opened once: to read its configuration again takes a tenth of an exec.
func (c *container) target(do func(*libcontainer.Container) error) error {
	if phase, _ := c.init.state(); phase != running {
		return c.with(do)
	}
	lib, err := c.keep()
	if err != nil {
		return err
	}
	return do(lib)
}

// keep opens the container's state until letGo.
func (c *container) keep() (*libcontainer.Container, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.kept != nil {
		return c.kept, nil
	}
	if c.ends {
		return nil, fmt.Errorf("container %s: %w: %w", c.id, errEnds, errdefs.ErrFailedPrecondition)
	}
	var err error
	c.kept, err = c.open()
	return c.kept, err
}

// letGo closes what was kept. No other process starts any more.
func (c *container) letGo() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.kept != nil {
		c.kept.Close()
		c.kept = nil
	}
}

// owner says whose streams those of a process are.
func (c *container) owner(id string) stdio.Owner {
	return stdio.Owner{ID: id, Namespace: c.service.cfg.Namespace, UID: int(c.options.IoUid), GID: int(c.options.IoGid)}
}

// openStreams opens the streams of a process.
func (c *container) openStreams(ctx context.Context, p *process) (*stdio.Streams, error) {
	id := p.execID
	if id == "" {
		id = c.id
	}
	s, err := stdio.Open(ctx, c.service.loop, p.names, c.owner(id))
	if err == nil {
		p.opened(s)
	}
	return s, err
}

// newStore returns the store that the options of a container name.
func (s *Service) newStore(o *options.Options) libcontainer.Store {
	return libcontainer.Store{
		Root:          storeRoot(o, s.cfg.Namespace),
		SystemdCgroup: o.SystemdCgroup,
		Warn:          s.cfg.Warn,
		Debug:         s.cfg.Debug,
	}
}

// sharesPids reports whether a container's processes live on without the first one.
func sharesPids(s *specs.Spec) bool { return !spec.NewNamespace(s, specs.PIDNamespace) }
