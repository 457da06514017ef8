package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/oci-rt/rt/tests/stage"
	"golang.org/x/sys/unix"
)

// namespace is containerd's, which all containers are in.
const namespace = "rt-bench"

// workplace is the stage of one bench, and all that runs on it.
type workplace struct {
	*stage.Stage
	o      options
	events *sink
	peers  []*peer

	mu   sync.Mutex
	pods map[*pod]bool // that were not removed yet
}

// bench measures everything. Whatever happens, it leaves nothing behind.
func bench(ctx context.Context, o options) (*result, error) {
	s, err := stage.New()
	if err != nil {
		return nil, err
	}
	defer s.Remove()
	return benchOn(ctx, s, o)
}

// benchOn measures everything on a stage.
func benchOn(ctx context.Context, s *stage.Stage, o options) (*result, error) {
	w := &workplace{Stage: s, o: o, pods: map[*pod]bool{}}
	if err := w.prepare(); err != nil {
		return nil, err
	}
	r := w.newResult()
	parts := []func(context.Context, *result) error{
		w.measureExec, w.measureLife, w.measureMemory, w.measureProbes, w.measureStarts, w.measureThroughContainerd,
	}
	for _, part := range parts {
		if err := part(ctx, r); err != nil {
			return nil, err
		}
	}
	r.Finish()
	return r, nil
}

// prepare makes what all parts share.
func (w *workplace) prepare() error {
	if err := w.mount(); err != nil {
		return err
	}
	if err := w.MakeRootfs(); err != nil {
		return err
	}
	// Shims, whose parents end at once, become children of the bench, which reaps them.
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return os.NewSyscallError("prctl", err)
	}
	if err := os.Mkdir(w.Path("s"), 0o700); err != nil {
		return err
	}
	var err error
	if w.events, err = newSink(w.Path("events")); err != nil {
		return err
	}
	w.Undo(w.events.close)
	if err := w.findPeers(); err != nil {
		return err
	}
	w.Undo(func() { w.stopAll(w.left()) }) // before the peers' cgroups go
	return nil
}

// mount mounts what is only for the bench, if it has mounts of its own.
func (w *workplace) mount() error {
	if !stage.HasOwnMounts() {
		return nil
	}
	if err := w.MountTmpfs(); err != nil {
		return err
	}
	return w.HideControllers()
}

// left returns the pods that are there.
func (w *workplace) left() (list []*pod) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for p := range w.pods {
		list = append(list, p)
	}
	return list
}

// stopAll removes pods, several at once, and says what could not be removed.
func (w *workplace) stopAll(list []*pod) {
	_ = inParallel(w.o.workers, list, func(p *pod) error {
		if err := p.stop(); err != nil {
			say("%v", err)
		}
		return nil
	})
}

// inParallel calls f for all of list, from several goroutines, until one fails.
func inParallel[T any](workers int, list []T, f func(T) error) error {
	var group sync.WaitGroup
	work := make(chan T, len(list))
	for _, item := range list {
		work <- item
	}
	close(work)
	errs := make([]error, workers)
	for i := range workers {
		group.Go(func() {
			for item := range work {
				if errs[i] = f(item); errs[i] != nil {
					return
				}
			}
		})
	}
	group.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// bundle makes a bundle of a container of a peer, whose program is args.
func (w *workplace) bundle(p *peer, id string, args ...string) (string, error) {
	dir, err := w.MakeBundle(id, filepath.Join(p.cgroup, id), func(spec map[string]any) {
		spec["process"].(map[string]any)["args"] = args
	})
	if err != nil {
		return "", err
	}
	return dir, os.MkdirAll(filepath.Join(dir, "rootfs"), 0o755)
}

// say prints a line of progress.
func say(format string, args ...any) { fmt.Fprintf(os.Stderr, "bench-shim: "+format+"\n", args...) }
