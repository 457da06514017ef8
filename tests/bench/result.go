package main

import (
	"slices"

	"github.com/oci-rt/rt/tests/measure"
)

// result is everything that one bench finds.
type result struct {
	*measure.Result
	w *workplace
}

// Groups of metrics, which are tables.
const (
	times  = "Time"
	counts = "Counts"
	memory = "Memory"
)

// aims say how much of the newest crun's time rt is to take.
var aims = map[string]float64{
	"run_wall": 0.4, "run_seccomp_wall": 0.4, "run_userns_wall": 0.4, "run_cpu": 0.6,
	"exec_wall": 0.4, "exec_seccomp_wall": 0.4, "exec_cpu": 0.6,
	"life_wall": 0.4, "life_cpu": 0.6,
	"state_wall": 0.45, "kill_wall": 0.45, "starts_4_wall": 0.5,
}

func (w *workplace) newResult() *result {
	var names []string
	for _, p := range append(slices.Clone(w.peers), w.floors...) {
		names = append(names, p.name)
	}
	r := w.newResultOf(names...)
	for _, p := range w.peers {
		r.Versions[p.name] = p.version()
		say("%s: %s", p.name, r.Versions[p.name])
	}
	return r
}

func (w *workplace) newResultOf(names ...string) *result {
	v1 := w.Stage != nil && len(w.Cgroups.V1) > 0
	return &result{measure.NewResult(v1, names...), w}
}

// newMetric adds a metric to a group.
func (r *result) newMetric(group, key, title, unit string) *measure.Metric {
	m := r.NewMetric(key, title, unit)
	m.Group = group
	m.Plotted = false
	if aim := aims[key]; aim != 0 {
		m.Aims = map[string]float64{"crun": aim}
	}
	return m
}

// finish sorts the metrics by their groups, sums them up, and drops what nobody can do.
func (r *result) finish() {
	r.Notes = r.w.notes
	order := []string{times, counts, memory}
	if r.w.o.counts {
		r.Metrics = slices.DeleteFunc(r.Metrics, func(m *measure.Metric) bool { return m.Group == times })
	}
	slices.SortStableFunc(r.Metrics, func(a, b *measure.Metric) int {
		return slices.Index(order, a.Group) - slices.Index(order, b.Group)
	})
	r.Finish()
	r.Metrics = slices.DeleteFunc(r.Metrics, func(m *measure.Metric) bool {
		return !slices.ContainsFunc(m.Figures, func(f measure.Figures) bool { return f.Samples > 0 })
	})
}
