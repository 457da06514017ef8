package state

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/oci-rt/rt/internal/linux"
	"github.com/oci-rt/rt/internal/waiting"
	"golang.org/x/sys/unix"
)

// lockTimeout bounds how long a command waits for another one that works on
// the same container. Hooks can make a create slow, so it is generous.
const lockTimeout = 10 * time.Second

// lockPause is how long a command waits until it tries again.
const lockPause = 5 * time.Millisecond

// Lock locks the directory. It gives up when ctx ends, and after lockTimeout with
// [ErrBusy]. If the container was deleted meanwhile, the error is [ErrNotExist].
func (d *Dir) Lock(ctx context.Context) error {
	id := filepath.Base(d.path)
	over := func() {}
	defer func() { over() }()
	ended := ctx.Err() // who has given up already does not begin
	tries := 0
	for deadline := time.Now().Add(lockTimeout); ended == nil; ended = linux.Sleep(ctx, lockPause) {
		err := unix.Flock(int(d.dir.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		d.locked = err == nil
		switch {
		case err == nil:
			return d.checkNamed(id)
		case err != unix.EWOULDBLOCK && err != unix.EINTR:
			return fmt.Errorf("lock %s: %w", d.path, err)
		case time.Now().After(deadline):
			return fmt.Errorf("%w: %s", ErrBusy, id)
		}
		if tries++; tries == 1 {
			over = waiting.For(ctx, "another command that works on container "+id)
		}
	}
	return fmt.Errorf("wait for the lock of container %s: %w", id, ended)
}

// Unlock releases the lock, so that other commands can change the container.
func (d *Dir) Unlock() {
	_ = unix.Flock(int(d.dir.Fd()), unix.LOCK_UN)
	d.locked = false
}

// Busy reports whether another process holds the lock. If this Dir holds it, no
// other process does, and Busy must not try: flock(2) would convert the lock
// and then give it up.
func (d *Dir) Busy() bool {
	if d.locked {
		return false
	}
	fd := int(d.dir.Fd())
	if unix.Flock(fd, unix.LOCK_SH|unix.LOCK_NB) != nil {
		return true
	}
	_ = unix.Flock(fd, unix.LOCK_UN)
	return false
}

// checkNamed returns [ErrNotExist] if the directory lost its name while this process
// waited for the lock: whoever held it deleted the container.
func (d *Dir) checkNamed(id string) error {
	var held, named unix.Stat_t
	err := unix.Fstat(int(d.dir.Fd()), &held)
	if err == nil {
		err = unix.Stat(d.path, &named)
	}
	switch {
	case err == unix.ENOENT, err == nil && (held.Ino != named.Ino || held.Dev != named.Dev):
		return fmt.Errorf("%w: %s", ErrNotExist, id)
	case err != nil:
		return fmt.Errorf("look at %s: %w", d.path, err)
	}
	return nil
}
