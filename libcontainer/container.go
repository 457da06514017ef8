package libcontainer

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/oci-rt/rt/libcontainer/state"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// Container is one container of a [Store]. Its methods reflect the state file as
// it was when the container was opened; those that change the container lock it
// and read the file again. A Container whose program was started can be kept for
// [Container.Exec], which may be called concurrently.
type Container struct {
	store Store
	dir   *state.Dir
	state *state.State

	mu   sync.Mutex
	spec *specs.Spec // what it is made from, or nil before the first call of Spec
}

// Open returns the container with this id, or an error that is [ErrNotExist].
// The caller must Close it.
func (s Store) Open(id string) (*Container, error) {
	d, err := state.Open(s.Root, id)
	if err != nil {
		return nil, err
	}
	return s.container(d)
}

// openLocked is Open with the container's lock held until Close.
func (s Store) openLocked(ctx context.Context, id string) (*Container, error) {
	d, err := state.OpenLocked(ctx, s.Root, id)
	if err != nil {
		return nil, err
	}
	return s.container(d)
}

func (s Store) container(d *state.Dir) (*Container, error) {
	st, err := d.Load()
	if err != nil {
		d.Close()
		return nil, err
	}
	return &Container{store: s, dir: d, state: st}, nil
}

// Close releases what the container holds in this process.
func (c *Container) Close() { c.dir.Close() }

// Spec returns the configuration that the container was made from. It is read
// once. The caller must not change it.
func (c *Container) Spec() (*specs.Spec, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.spec == nil {
		s, err := c.dir.LoadConfig(c.state)
		if err != nil {
			return nil, err
		}
		c.spec = s
	}
	return c.spec, nil
}

// Info is what state and list report about a container.
type Info struct {
	specs.State
	Rootfs  string
	Created string // RFC 3339
	Owner   int    // uid of its creator
}

// Info returns the container's state (runtime-spec, runtime.md, "State"). The
// pid is 0 when the container has stopped.
func (c *Container) Info() (*Info, error) {
	status, err := c.Status()
	if err != nil {
		return nil, err
	}
	pid := 0
	if status != Stopped {
		pid = c.state.Init.Pid
	}
	return &Info{
		State:   c.ociState(status, pid),
		Rootfs:  c.state.Rootfs,
		Created: c.state.Created,
		Owner:   c.state.UID,
	}, nil
}

// ociState returns the container's state as the specification has it, with this
// status and pid.
func (c *Container) ociState(status Status, pid int) specs.State {
	return specs.State{
		Version:     c.state.OCIVersion,
		ID:          c.state.ID,
		Status:      specs.ContainerState(status),
		Pid:         pid,
		Bundle:      c.state.Bundle,
		Annotations: c.state.Annotations,
	}
}

// List returns the state of every container in the store. Containers that vanish
// meanwhile or whose state cannot be read are left out. The second result has the
// errors of the latter.
func (s Store) List() (list []*Info, faults []error, err error) {
	ids, err := s.IDs()
	if err != nil {
		return nil, nil, err
	}
	infos, errs := s.infos(ids)
	for i, err := range errs {
		switch {
		case err == nil:
			list = append(list, infos[i])
		case !errors.Is(err, ErrNotExist):
			faults = append(faults, err)
		}
	}
	return list, faults, nil
}

// infos describes containers, or says why not. Each takes a tenth of a millisecond, so
// several goroutines share many of them.
func (s Store) infos(ids []string) ([]*Info, []error) {
	infos, errs := make([]*Info, len(ids)), make([]error, len(ids))
	var taken atomic.Int64
	work := func() {
		for i := taken.Add(1) - 1; i < int64(len(ids)); i = taken.Add(1) - 1 {
			infos[i], errs[i] = s.info(ids[i])
		}
	}
	const share = 16
	var others sync.WaitGroup
	for range min(len(ids)/share, runtime.GOMAXPROCS(0)-1) {
		others.Go(work)
	}
	work()
	others.Wait()
	return infos, errs
}

func (s Store) info(id string) (*Info, error) {
	c, err := s.Open(id)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	return c.Info()
}
