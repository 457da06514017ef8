package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/oci-rt/rt/tests/measure"
)

// probePeriod is a kubelet's shortest.
const probePeriod = time.Second

// measureProbes measures the node's CPU while each pod of one peer is probed each second.
func (w *workplace) measureProbes(ctx context.Context, r *result) error {
	if w.o.probePods == 0 {
		return nil
	}
	say("%d pods of each with a probe each second", w.o.probePods)
	groups, err := w.startGroups(ctx, "probe", w.o.probePods)
	if err != nil {
		return err
	}
	for _, pods := range groups {
		defer w.stopAll(pods)
	}
	title := fmt.Sprintf("%d pods, an exec probe each second: ", w.o.probePods)
	each := r.newMetric("probe_cpu", title+"CPU of a probe", "ms")
	node := r.newMetric("probe_node", title+"CPU in use", "cores")
	// A peer that cannot keep up probes less: CPU in use is no measure for it then.
	kept := r.newMetric("probe_kept", title+"probes done of those due", "%")
	node.Alone, kept.Alone = true, true
	return measure.Rounds(ctx, w.o.bursts, len(groups), func(i int) error {
		var done int
		s, err := groups[i][0].peer.sampled(func() (err error) {
			done, err = w.probe(ctx, groups[i])
			return err
		})
		if err != nil {
			return err
		}
		due := float64(w.o.probePods) * float64(w.o.probeTime) / float64(probePeriod)
		each.Add(i, s.cpu/float64(max(done, 1)))
		node.Add(i, s.cpu/s.wall)
		kept.Add(i, 100*float64(done)/due)
		return nil
	})
}

// probe probes each of the pods each second, for a while, and returns how often.
func (w *workplace) probe(ctx context.Context, pods []*pod) (int, error) {
	limit, cancel := context.WithTimeout(ctx, w.o.probeTime)
	defer cancel()
	var done atomic.Int64
	var group sync.WaitGroup
	errs := make([]error, len(pods))
	for i, p := range pods {
		offset := probePeriod * time.Duration(i) / time.Duration(len(pods))
		group.Go(func() { errs[i] = p.probe(ctx, limit, offset, &done) })
	}
	group.Wait()
	for _, err := range errs {
		if err != nil {
			return 0, err
		}
	}
	return int(done.Load()), nil
}

// probe probes one pod each second until limit ends. A probe that takes longer leaves
// those out that were due meanwhile.
func (p *pod) probe(ctx, limit context.Context, offset time.Duration, done *atomic.Int64) error {
	select {
	case <-time.After(offset):
	case <-limit.Done():
		return nil
	}
	ticker := time.NewTicker(probePeriod)
	defer ticker.Stop()
	for limit.Err() == nil {
		if err := p.exec(ctx); err != nil {
			return err
		}
		done.Add(1)
		select {
		case <-ticker.C:
		case <-limit.Done():
		}
	}
	return nil
}
