package main

import (
	"context"
	"fmt"

	"github.com/oci-rt/rt/tests/measure"
)

// measureStarts measures how long several workers take to start many pods, each with a
// shim of its own, and how long for as many containers in shims that are there.
func (w *workplace) measureStarts(ctx context.Context, r *result) error {
	if w.o.starts == 0 {
		return nil
	}
	say("%d starts by %d workers", w.o.starts, w.o.workers)
	title := fmt.Sprintf("%d starts by %d workers, a shim for each: ", w.o.starts, w.o.workers)
	wall, cpu := r.newMetric("starts_wall", title+"wall", "ms"), r.newMetric("starts_cpu", title+"CPU", "ms")
	err := measure.Rounds(ctx, w.o.bursts, len(w.peers), func(i int) error {
		pods, err := w.newPods(w.peers[i], "starts", w.o.starts)
		if err != nil {
			return err
		}
		defer w.stopAll(pods)
		s, err := w.peers[i].sampled(func() error {
			return inParallel(w.o.workers, pods, func(p *pod) error { return p.start(ctx) })
		})
		wall.Add(i, s.wall)
		cpu.Add(i, s.cpu)
		return err
	})
	if err != nil {
		return err
	}
	return w.measureContainers(ctx, r)
}

// measureContainers starts the containers in one pod for each worker.
func (w *workplace) measureContainers(ctx context.Context, r *result) error {
	title := fmt.Sprintf("%d starts by %d workers, in one shim for each worker: ", w.o.starts, w.o.workers)
	wall, cpu := r.newMetric("containers_wall", title+"wall", "ms"), r.newMetric("containers_cpu", title+"CPU", "ms")
	return measure.Rounds(ctx, w.o.bursts, len(w.peers), func(i int) error {
		pods, err := w.newPods(w.peers[i], "containers", w.o.workers)
		if err != nil {
			return err
		}
		defer w.stopAll(pods)
		for _, p := range pods {
			if err := p.start(ctx); err != nil {
				return err
			}
		}
		bundles, err := w.sharedBundles(pods)
		if err != nil {
			return err
		}
		s, err := w.peers[i].sampled(func() error {
			return inParallel(w.o.workers, pods, func(p *pod) error { return p.addAll(ctx, bundles[p]) })
		})
		wall.Add(i, s.wall)
		cpu.Add(i, s.cpu)
		return err
	})
}

// sharedBundles makes the bundles of as many containers as are to be started, and shares
// them out among the pods.
func (w *workplace) sharedBundles(pods []*pod) (map[*pod][]string, error) {
	bundles := map[*pod][]string{}
	for i := range w.o.starts {
		p := pods[i%len(pods)]
		bundle, err := w.bundle(p.peer, fmt.Sprintf("%s-%d", p.id, i), "/bin/pause")
		if err != nil {
			return nil, err
		}
		bundles[p] = append(bundles[p], bundle)
	}
	return bundles, nil
}

// addAll adds a container of each bundle.
func (p *pod) addAll(ctx context.Context, bundles []string) error {
	for i, bundle := range bundles {
		if err := p.add(ctx, fmt.Sprintf("%s-%d", p.id, i), bundle); err != nil {
			return err
		}
	}
	return nil
}
