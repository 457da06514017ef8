package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/oci-rt/rt/tests/measure"
)

// workload is what each peer does in each round.
type workload struct {
	key, title string
	// parts are what is measured one by one besides the whole; most have none.
	parts []string
	// begin prepares a peer and returns what it does in a round, which returns the
	// samples of the parts, or one. What it leaves behind is taken back by the stage.
	begin func(w *workplace, p *peer) (func() ([]sample, error), error)
	// slow is for what takes long, and is done less often.
	slow bool
	// floors says that the C programs do it too.
	floors bool
	// lasting says that a container lives on behind a command. strace would wait for its
	// end, so the calls are not counted.
	lasting bool
	// plotted says that it gets a bar.
	plotted bool
}

// workloads are all that runtimes are compared at.
func (w *workplace) workloads() []workload {
	list := []workload{
		{key: "run", title: "run /bin/true", begin: beginRun(plain), floors: true, plotted: true},
		{key: "run_seccomp", title: "the same behind a seccomp filter like Docker's", begin: beginRun(withFilter), plotted: true},
		{key: "run_userns", title: "the same in a user namespace", begin: beginRun(inUserNamespace), plotted: true},
		{key: "run_mounts", title: "the same with 100 more mounts", begin: beginRun(with100Mounts), plotted: true},
		{key: "run_masked", title: "the same with 1,000 masked paths", begin: beginRun(with1000MaskedPaths), plotted: true},
		{key: "life", title: "create, start, delete", parts: []string{"create", "start", "delete"}, begin: beginLife, lasting: true, plotted: true},
		{key: "exec", title: "exec /bin/true", begin: beginExec(plain), plotted: true},
		{key: "exec_seccomp", title: "the same behind a filter", begin: beginExec(withFilter), plotted: true},
		{key: "state", title: "state", begin: beginCommand("state", "ID"), plotted: true},
		{key: "kill", title: "kill", begin: beginCommand("kill", "ID", "CONT"), plotted: true},
		{key: "pause", title: "pause, resume", begin: beginPause, plotted: true},
		{key: "update", title: "update --cpu-share", begin: beginCommand("update", "--cpu-share", "512", "ID"), plotted: true},
		{key: "events", title: "events --stats", begin: beginCommand("events", "--stats", "ID")},
		{key: "delete_tree", title: "delete --force of 500 processes", begin: beginDeleteTree, slow: true, plotted: true},
		{key: "checkpoint", title: "checkpoint, restore", parts: []string{"checkpoint", "restore"}, begin: beginCheckpoint, slow: true},
	}
	for _, n := range []int{1, 2, 4, 8} {
		list = append(list, workload{
			key: fmt.Sprint("starts_", n), title: fmt.Sprintf("%d starts, %d at a time", w.o.starts, n),
			begin: beginStarts(w.o.starts, n), slow: true, plotted: n == 4,
		})
	}
	// The crowd lives on, and slows down all that comes behind it.
	for _, n := range w.o.crowds {
		list = append(list,
			workload{key: fmt.Sprint("list_", n), title: fmt.Sprintf("list of %d", n), begin: beginAmong(n, beginCommandOf(nil, "list"))},
			workload{key: fmt.Sprint("run_among_", n), title: fmt.Sprintf("run /bin/true beside %d", n), begin: beginAmong(n, beginRun(plain))})
	}
	return list
}

// measure measures a workload. Who cannot do it is left out.
func (w *workplace) measure(ctx context.Context, r *result, work workload) error {
	peers := slices.Clone(w.peers)
	if work.floors {
		peers = append(peers, w.floors...)
	}
	var able []*subject
	for i, p := range peers {
		round, err := work.begin(w, p)
		if err == nil {
			_, err = round() // also warms the caches
		}
		if err != nil {
			w.note("%s: %s cannot: %v", work.key, p.name, err)
			continue
		}
		able = append(able, &subject{i, p, round})
	}
	n := w.o.rounds
	if work.slow {
		n = w.o.bursts
	}
	metrics := r.newMetrics(work)
	err := measure.Rounds(ctx, n, len(able), func(i int) error {
		samples, err := able[i].round()
		if err != nil {
			return err
		}
		metrics.add(able[i].index, samples)
		return nil
	})
	if err != nil || work.slow {
		return err
	}
	for _, s := range able {
		w.count(work, s, metrics)
	}
	return nil
}

// subject is a peer that can do a workload.
type subject struct {
	index int
	peer  *peer
	round func() ([]sample, error)
}

// count adds what is counted once.
func (w *workplace) count(work workload, s *subject, m metrics) {
	if !work.lasting {
		calls, err := w.countCalls(s.peer, s.round)
		if err != nil {
			w.note("%s: the system calls of %s are not counted: %v", work.key, s.peer.name, err)
		} else {
			m.calls.Add(s.index, calls)
		}
	}
	peak, err := w.peak(s.peer, s.round)
	if err != nil {
		w.note("%s: the memory of %s is not measured: %v", work.key, s.peer.name, err)
	} else {
		m.peak.Add(s.index, peak)
	}
}

// metrics are those of a workload.
type metrics struct {
	wall, cpu               *measure.Metric
	faults, switches, calls *measure.Metric
	peak                    *measure.Metric
	parts                   []*measure.Metric // wall time
}

func (r *result) newMetrics(work workload) metrics {
	m := metrics{
		wall:     r.newMetric(times, work.key+"_wall", work.title, "ms"),
		cpu:      r.newMetric(times, work.key+"_cpu", work.title+": CPU", "ms"),
		faults:   r.newMetric(counts, work.key+"_faults", work.title+": page faults", ""),
		switches: r.newMetric(counts, work.key+"_switches", work.title+": context switches", ""),
		calls:    r.newMetric(counts, work.key+"_calls", work.title+": system calls", ""),
		peak:     r.newMetric(memory, work.key+"_peak", work.title+": largest process", "KiB"),
	}
	m.wall.Plotted = work.plotted
	for _, part := range work.parts {
		m.parts = append(m.parts, r.newMetric(times, work.key+"_"+part+"_wall", work.title+": "+part+" alone", "ms"))
	}
	return m
}

func (m *metrics) add(peer int, samples []sample) {
	all := sample{}.plus(samples...)
	m.wall.Add(peer, ms(all.wall))
	m.cpu.Add(peer, ms(all.cpu))
	m.faults.Add(peer, float64(all.faults))
	m.switches.Add(peer, float64(all.switches))
	for i, part := range m.parts {
		part.Add(peer, ms(samples[i].wall))
	}
}
