package measure

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// Result is everything that one bench finds.
type Result struct {
	Machine  string            `json:"machine"`
	Load     [2]string         `json:"load"` // at the beginning and at the end
	Versions map[string]string `json:"versions"`
	// Peers are what is compared: the first one with each of the others.
	Peers   []string  `json:"peers"`
	Notes   []string  `json:"notes,omitempty"` // what was left out, and why
	Metrics []*Metric `json:"metrics"`
}

// Metric is what is measured of each peer.
type Metric struct {
	Key     string    `json:"key"`
	Title   string    `json:"title"`
	Unit    string    `json:"unit"`
	Group   string    `json:"group,omitempty"` // of those in one table
	Figures []Figures `json:"figures"`
	// Aims are what the ratios to the peer of a name are to be.
	Aims map[string]float64 `json:"aims,omitempty"`
	// Alone says that the ratios say nothing.
	Alone bool `json:"alone,omitempty"`
	// Plotted says that the ratios are worth a bar.
	Plotted bool        `json:"-"`
	samples [][]float64 // of each peer
}

// Figures sum up the samples of one peer.
type Figures struct {
	Median  float64 `json:"median"`
	Minimum float64 `json:"minimum"`
	Samples int     `json:"samples"` // 0 if the peer cannot do it
	// Ratio is what the first peer takes for each unit of this one: the median of the
	// ratios in each round.
	Ratio float64 `json:"first_to_this"`
}

// NewResult begins a result. Of cgroups it says whether version 1 is in use.
func NewResult(v1 bool, peers ...string) *Result {
	r := &Result{Machine: machine(v1), Peers: peers, Versions: map[string]string{}}
	r.Load[0] = loadAverage()
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

// loadAverage is the machine's load average of the last minute.
func loadAverage() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	first, _, _ := strings.Cut(string(text), " ")
	return first
}

// NewMetric adds a metric, whose ratios are plotted and have no aims.
func (r *Result) NewMetric(key, title, unit string) *Metric {
	m := &Metric{Key: key, Title: title, Unit: unit, Plotted: true, samples: make([][]float64, len(r.Peers))}
	r.Metrics = append(r.Metrics, m)
	return m
}

// Add adds what was measured of a peer in a round.
func (m *Metric) Add(peer int, value float64) { m.samples[peer] = append(m.samples[peer], value) }

// Finish sums up what was measured.
func (r *Result) Finish() {
	r.Load[1] = loadAverage()
	for _, m := range r.Metrics {
		m.Figures = nil
		for _, samples := range m.samples {
			m.Figures = append(m.Figures, sum(samples, m.samples[0]))
		}
	}
}

func sum(samples, first []float64) Figures {
	f := Figures{Median: Median(samples), Samples: len(samples)}
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
	f.Ratio = Median(ratios)
	return f
}

// others are the peers that the first one is compared with.
func (r *Result) others() []string { return r.Peers[min(1, len(r.Peers)):] }
