package main

import (
	"path/filepath"

	"github.com/oci-rt/rt/tests/measure"
)

// result is everything that one bench finds.
type result struct{ *measure.Result }

// aims say how much of the others' rt's shim is to take.
var aims = map[string]map[string]float64{
	"exec_wall":      {crun: 0.3, runc: 0.12},
	"exec_cpu":       {crun: 0.3, runc: 0.12},
	"life_wall":      {crun: 0.5, runc: 0.25},
	"life_cpu":       {crun: 0.5, runc: 0.25},
	"memory_pss":     {crun: 0.6, runc: 0.6},
	"memory_private": {crun: 0.6, runc: 0.6},
	"probe_cpu":      {runc: 0.3},
	"starts_wall":    {crun: 0.5},
}

func (w *workplace) newResult() *result {
	var names []string
	for _, p := range w.peers {
		names = append(names, p.name)
	}
	r := &result{measure.NewResult(len(w.Cgroups.V1) > 0, names...)}
	for _, p := range w.peers {
		r.Versions[p.name] = p.version()
	}
	if w.o.containerd != "" {
		r.Versions["containerd"] = versionOf(filepath.Join(w.o.containerd, "containerd"), "--version")
	}
	for name, version := range r.Versions {
		say("%s: %s", name, version)
	}
	return r
}

func (r *result) newMetric(key, title, unit string) *measure.Metric {
	m := r.NewMetric(key, title, unit)
	m.Aims = aims[key]
	return m
}
