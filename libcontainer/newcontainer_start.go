package libcontainer

import (
	"context"
	"errors"

	"github.com/oci-rt/rt/libcontainer/state"
	"github.com/oci-rt/rt/spec"
)

// create makes everything but the program's start.
func (b *newContainer) create() (*Process, error) {
	if err := b.untilReady(state.Created); err != nil {
		return nil, err
	}
	if err := b.writePidFile(b.cfg.PidFile); err != nil {
		return nil, err
	}
	start := b.startCreated
	if !b.cfg.OnlyHere {
		start = b.startWaiting
		b.session.TraceSteps() // what follows belongs to the start
		if err := b.acknowledge(); err != nil {
			return nil, err
		}
	}
	p, err := b.process()
	if err != nil {
		return nil, err
	}
	p.start, p.others = start, !b.cfg.OnlyHere
	return p, nil
}

// process returns the container's first process.
func (b *newContainer) process() (*Process, error) {
	p, err := newStarted(&b.processStart, b.close, b.forget)
	if err != nil {
		return nil, err
	}
	p.proxy, p.remove = b.handover.proxy, b.remove
	return p, nil
}

// run makes everything and starts the program.
func (b *newContainer) run(ctx context.Context) (*Process, error) {
	if err := b.listen(); err != nil {
		return nil, err
	}
	if err := b.untilReady(state.Running); err != nil {
		return nil, err
	}
	err := b.session.EndWith(ctx, func() error {
		if err := b.release(ctx); err != nil {
			return err
		}
		return b.runHooks(ctx, spec.Poststart, Running, b.session.Pid())
	})
	if err != nil {
		return nil, err
	}
	if err := b.writePidFile(b.cfg.PidFile); err != nil {
		return nil, err
	}
	return b.process()
}

// listen makes the socket for the container's readiness, unless start is to make
// it.
func (b *newContainer) listen() (err error) {
	b.handover.proxy, err = b.listenFor(b.cfg.Manager)
	return err
}

// release acknowledges the waiting init, so that it executes the program.
func (b *newContainer) release(ctx context.Context) error {
	if err := b.runStartHooks(ctx); err != nil {
		return hookFailed{err}
	}
	if err := b.acknowledge(); err != nil {
		return err
	}
	if err := b.session.AwaitExec(); err != nil {
		return err
	}
	b.executed()
	b.leaveNetDevices()
	return nil
}

// startCreated starts the program of a container that only this process can start.
func (b *newContainer) startCreated(ctx context.Context) error {
	if err := b.relock(ctx); err != nil {
		return err
	}
	defer b.dir.Unlock()
	return b.startWith(ctx, func() error { return b.release(ctx) })
}

// startWaiting starts the program of a container that others could start too.
func (b *newContainer) startWaiting(ctx context.Context) error {
	if err := b.relock(ctx); err != nil {
		return err
	}
	defer b.dir.Unlock()
	return b.startFor(ctx, b.cfg.Manager)
}

// relock takes the lock of a created container again, and reads its state, which
// others may have changed meanwhile.
func (b *newContainer) relock(ctx context.Context) error {
	if err := b.dir.Lock(ctx); err != nil {
		return err
	}
	err := b.reload()
	if err != nil {
		b.dir.Unlock()
	}
	return err
}

func (b *newContainer) reload() error {
	st, err := b.dir.Load()
	if err != nil {
		return err
	}
	b.state = st
	if err := spec.RequireProgram(b.cfg.Spec); err != nil {
		return err
	}
	return b.startable()
}

// remove removes the container, unless somebody else has deleted it. Others may have
// changed it since its start: an update can give it a group in resctrl, which has to go
// too. If the state file cannot be read, what it was at the start is the best there is.
func (b *newContainer) remove(ctx context.Context) error {
	err := b.dir.Lock(ctx)
	if errors.Is(err, ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer b.dir.Unlock()
	if st, err := b.dir.Load(); err == nil {
		b.state = st
	}
	return b.delete(ctx)
}
