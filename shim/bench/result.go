package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/oci-rt/rt/tests/measure"
	"golang.org/x/sys/unix"
)

// result is everything that one bench finds.
type result struct {
	Machine  string            `json:"machine"`
	Load     [2]string         `json:"load"` // at the beginning and at the end
	Versions map[string]string `json:"versions"`
	Peers    []string          `json:"peers"`
	Metrics  []*metric         `json:"metrics"`
}

// metric is what is measured of each peer.
type metric struct {
	Key     string             `json:"key"`
	Title   string             `json:"title"`
	Unit    string             `json:"unit"`
	Figures []figures          `json:"figures"`
	Aims    map[string]float64 `json:"aims,omitempty"` // for the ratios
	// Alone says that the ratios say nothing.
	Alone   bool        `json:"alone,omitempty"`
	samples [][]float64 // of each peer
}

// figures sum up the samples of one peer.
type figures struct {
	Median  float64 `json:"median"`
	Minimum float64 `json:"minimum"`
	Samples int     `json:"samples"`
	// What the first peer takes for each unit of this one: the median of the ratios in
	// each round.
	Ratio float64 `json:"first_to_this"`
}

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
	r := &result{Machine: machine(len(w.Cgroups.V1) > 0), Versions: map[string]string{}}
	r.Load[0] = load()
	for _, p := range w.peers {
		r.Peers = append(r.Peers, p.name)
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

func machine(v1 bool) string {
	var u unix.Utsname
	_ = unix.Uname(&u)
	version := 2
	if v1 {
		version = 1
	}
	return fmt.Sprintf("Linux %s, %s, %d CPUs, cgroup v%d", unix.ByteSliceToString(u.Release[:]), runtime.GOARCH, runtime.NumCPU(), version)
}

// load is the machine's load average of the last minute.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	first, _, _ := strings.Cut(string(text), " ")
	return first
}

func (r *result) newMetric(key, title, unit string) *metric {
	m := &metric{Key: key, Title: title, Unit: unit, Aims: aims[key], samples: make([][]float64, len(r.Peers))}
	r.Metrics = append(r.Metrics, m)
	return m
}

// add adds what was measured of a peer in a round.
func (m *metric) add(peer int, value float64) { m.samples[peer] = append(m.samples[peer], value) }

// finish sums up what was measured.
func (r *result) finish() {
	r.Load[1] = load()
	for _, m := range r.Metrics {
		for _, samples := range m.samples {
			m.Figures = append(m.Figures, sum(samples, m.samples[0]))
		}
	}
}

func sum(samples, first []float64) figures {
	f := figures{Median: measure.Median(samples), Samples: len(samples)}
	if len(samples) == 0 {
		return f
	}
	f.Minimum = slices.Min(samples)
	var ratios []float64
	for i := range min(len(samples), len(first)) {
		if samples[i] != 0 {
			ratios = append(ratios, first[i]/samples[i])
		}
	}
	f.Ratio = measure.Median(ratios)
	return f
}

// Names of the files with the results.
const (
	jsonFile = "bench-shim.json"
	plotFile = "bench-shim.svg"
	pageFile = "performance.md"
)

// publish writes the results into the documents.
func (r *result) publish(dir string) error {
	data, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, jsonFile), append(data, '\n'), 0o644); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, plotFile), []byte(r.plot()), 0o644); err != nil {
		return err
	}
	page := filepath.Join(dir, pageFile)
	text, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	changed, err := r.insert(string(text))
	if err != nil {
		return fmt.Errorf("%s: %w", page, err)
	}
	return os.WriteFile(page, []byte(changed), 0o644)
}
