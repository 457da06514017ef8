package cgroup

import (
	"context"
	"fmt"
	"time"

	"github.com/oci-rt/rt/internal/linux"
	"github.com/oci-rt/rt/internal/waiting"
	"golang.org/x/sys/unix"
)

// removeTree removes a cgroup and all below it. Nearly always the first
// rmdir(2) does. EBUSY means that there are cgroups below or processes; these
// get until the deadline to vanish, or until ctx ends.
func removeTree(ctx context.Context, path string, deadline time.Time) error {
	err := rmdir(unix.AT_FDCWD, path)
	if !inUse(err) {
		return removed(err, path)
	}
	t, err := openTree(path)
	if err != nil {
		return ignoreGone(err)
	}
	defer t.close()
	over := waiting.For(ctx, "the cgroups below "+path+" to be removed")
	defer over()
	return (&remover{t, deadline}).remove(ctx)
}

// remover removes a tree of cgroups.
type remover struct {
	*tree
	deadline time.Time
}

// remove removes the cgroups of the tree, those below first.
func (r *remover) remove(ctx context.Context) error {
	if err := r.sweep(); err != nil {
		return err
	}
	for {
		entered, err := r.enterLeft()
		if err == nil && entered {
			err = r.sweep()
		}
		if err != nil {
			return err
		}
		if entered {
			continue
		}
		done, err := r.removeHere(ctx)
		if err != nil || done {
			return err
		}
	}
}

// sweep removes what it can of the cgroups directly below this one, and leaves
// the others to be entered.
func (r *remover) sweep() error {
	children, err := r.children()
	if err := ignoreGone(err); err != nil {
		return err
	}
	r.here().left = nil
	for _, name := range children {
		switch err := rmdir(r.fd, name); {
		case inUse(err):
			r.here().left = append(r.here().left, name)
		case removed(err, name) != nil:
			return removed(err, r.path(name))
		}
	}
	return nil
}

// removeHere removes this cgroup, which had none below it, and goes to the one
// above. It is done when there is none above. If the cgroup is in use, it stays
// there, and waits for its processes, or finds what is below it by now.
func (r *remover) removeHere(ctx context.Context) (done bool, err error) {
	path := r.path("")
	if len(r.levels) == 1 {
		if err := rmdir(unix.AT_FDCWD, r.top); !inUse(err) {
			return true, removed(err, path)
		}
		return false, r.again(ctx)
	}
	above, err := linux.OpenAt(r.fd, "..", unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return false, r.explain("open", err, "..")
	}
	if err := rmdir(above, r.here().name); inUse(err) {
		unix.Close(above)
		return false, r.again(ctx)
	} else if removed(err, path) != nil {
		unix.Close(above)
		return false, removed(err, path)
	}
	unix.Close(r.fd)
	r.fd, r.levels = above, r.levels[:len(r.levels)-1]
	return false, nil
}

// again prepares another try to remove this cgroup, until the deadline.
func (r *remover) again(ctx context.Context) error {
	l := r.here()
	if l.tried > 0 && time.Now().After(r.deadline) {
		return r.busy()
	}
	if err := r.sweep(); err != nil {
		return err
	}
	if len(l.left) == 0 {
		pause := min(100*time.Microsecond<<min(l.tried, 10), 50*time.Millisecond)
		if err := linux.Sleep(ctx, pause); err != nil {
			return fmt.Errorf("wait until %s is empty: %w", r.path(""), err)
		}
	}
	l.tried++
	return nil
}

// busy explains why this cgroup cannot be removed.
func (r *remover) busy() error {
	path := r.path("")
	pids, err := r.procs()
	if err != nil || len(pids) == 0 {
		return fmt.Errorf("rmdir %s: %w", path, unix.EBUSY)
	}
	return fmt.Errorf("rmdir %s: %w: %d process(es) still in it, such as %d (%s)", path, unix.EBUSY, len(pids), pids[0], describeProcess(pids[0]))
}

// rmdir removes a directory.
func rmdir(dir int, name string) error {
	return linux.RetryEINTR(func() error { return unix.Unlinkat(dir, name, unix.AT_REMOVEDIR) })
}

// inUse reports whether an error of rmdir says that the cgroup has processes or
// cgroups.
func inUse(err error) bool { return err == unix.EBUSY || err == unix.ENOTEMPTY }

// removed returns the error of an rmdir, if the directory is not gone.
func removed(err error, path string) error {
	if err == nil || err == unix.ENOENT {
		return nil
	}
	return fmt.Errorf("rmdir %s: %w", path, err)
}
