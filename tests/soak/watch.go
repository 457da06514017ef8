// Package soak watches what must not grow with use: descriptors, memory, mounts, cgroups,
// keyrings and all else that a runtime could leave behind a little of each time. Its test
// has thousands of containers live, and so has that of the shim.
package soak

import (
	"fmt"
	"slices"
	"time"
)

// Probe reads one figure.
type Probe struct {
	Name  string
	Bound Bound
	Read  func() (float64, error)
}

// Bound is what a figure may have grown by in the end, and still be flat.
//
// A figure of the test's own namespaces or of a process is exact: it may not grow at all.
// One of the whole machine others change too, up and down, so it has room. A leak grows
// with each life and gets out of any room that grows slower.
type Bound struct {
	Fixed   float64 // for what others do meanwhile, or for what a heap needs by chance
	PerLife float64
}

// The bounds of most figures.
var (
	Exact   = Bound{}
	Machine = Bound{Fixed: 300, PerLife: 0.02} // one object for 50 lives
)

func (b Bound) after(lives int) float64 { return b.Fixed + b.PerLife*float64(lives) }

// Watch is a list of figures, and what they were as time went by.
type Watch struct {
	probes  []Probe
	lives   []int       // that were over at each look
	samples [][]float64 // at each look, a value for each probe
}

// NewWatch returns one that has not looked yet.
func NewWatch(probes ...Probe) *Watch { return &Watch{probes: probes} }

// What is on its way out takes some time: cgroups, network namespaces and keyrings are
// freed by a worker of the kernel. So the least of some values counts.
const (
	reads = 6
	pause = 50 * time.Millisecond
)

// Look reads all figures when so many lives are over.
func (w *Watch) Look(lives int) error {
	least := make([]float64, len(w.probes))
	for n := range reads {
		if n > 0 {
			time.Sleep(pause)
		}
		for i, p := range w.probes {
			value, err := p.Read()
			if err != nil {
				return fmt.Errorf("%s: %w", p.Name, err)
			}
			if n == 0 || value < least[i] {
				least[i] = value
			}
		}
	}
	w.lives, w.samples = append(w.lives, lives), append(w.samples, least)
	return nil
}

// Grown says what is not flat: the least value of the last third is more than the greatest
// of the first, and by more than the bound. A value that goes up and down is flat, one
// that goes up is not, however slowly it does that.
func (w *Watch) Grown() (list []string) {
	third := max(len(w.samples)/3, 1)
	if len(w.samples) < 2 {
		return []string{"there were no two looks"}
	}
	lives := w.lives[len(w.lives)-1] - w.lives[0]
	for i, p := range w.probes {
		values := w.values(i)
		before, after := slices.Max(values[:third]), slices.Min(values[len(values)-third:])
		if after-before > p.Bound.after(lives) {
			list = append(list, fmt.Sprintf("%s: from %.0f to %.0f in %d lives: %.0f", p.Name, before, after, lives, values))
		}
	}
	return list
}

func (w *Watch) values(probe int) (list []float64) {
	for _, s := range w.samples {
		list = append(list, s[probe])
	}
	return list
}

// Figures are the values of each probe in the beginning, half-way and in the end.
func (w *Watch) Figures() map[string][]float64 {
	figures := map[string][]float64{}
	for i, p := range w.probes {
		v := w.values(i)
		figures[p.Name] = []float64{v[0], v[len(v)/2], v[len(v)-1]}
	}
	return figures
}
