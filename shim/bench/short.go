package main

import (
	"context"

	"github.com/oci-rt/rt/tests/measure"
)

// measureExec measures what each of a kubelet's exec probes costs.
func (w *workplace) measureExec(ctx context.Context, r *result) error {
	say("exec of /bin/true")
	return w.measureShort(ctx, r, "exec", "exec of /bin/true", func(ctx context.Context, p *pod) error { return p.exec(ctx) })
}

// measureLife measures a container's whole life in a shim that is there.
func (w *workplace) measureLife(ctx context.Context, r *result) error {
	say("create, start, wait, delete")
	bundles := map[*peer]string{}
	for _, p := range w.peers {
		var err error
		if bundles[p], err = w.bundle(p, p.lifeID(), "/bin/true"); err != nil {
			return err
		}
	}
	return w.measureShort(ctx, r, "life", "create, start, wait, delete", func(ctx context.Context, p *pod) error {
		return p.life(ctx, p.peer.lifeID(), bundles[p.peer])
	})
}

func (p *peer) lifeID() string { return p.cgroup[1:] + "-short-life" }

// measureShort measures what is done in one pod of each peer: its wall time, and the CPU
// time of the shim and all that it starts.
func (w *workplace) measureShort(ctx context.Context, r *result, key, title string, do func(context.Context, *pod) error) error {
	pods, err := w.startEach(ctx, key)
	if err != nil {
		return err
	}
	defer w.stopAll(pods)
	wall, cpu := r.newMetric(key+"_wall", title+": wall", "ms"), r.newMetric(key+"_cpu", title+": CPU", "ms")
	for _, p := range pods { // what is done for the first time takes longer
		if err := do(ctx, p); err != nil {
			return err
		}
	}
	return measure.Rounds(ctx, w.o.rounds, len(pods), func(i int) error {
		s, err := pods[i].peer.sampled(func() error { return do(ctx, pods[i]) })
		wall.Add(i, s.wall)
		cpu.Add(i, s.cpu)
		return err
	})
}

// startEach starts a pod of each peer.
func (w *workplace) startEach(ctx context.Context, name string) ([]*pod, error) {
	var pods []*pod
	for _, peer := range w.peers {
		p, err := w.newPod(peer, name)
		if err != nil {
			return nil, err
		}
		if err := p.start(ctx); err != nil {
			return nil, err
		}
		pods = append(pods, p)
	}
	return pods, nil
}
