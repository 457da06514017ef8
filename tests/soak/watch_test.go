package soak

import (
	"errors"
	"strings"
	"testing"
)

// series makes a watch whose only figure had these values, 100 lives apart.
func series(b Bound, values ...float64) *Watch {
	w := NewWatch(Probe{Name: "x", Bound: b})
	for i, v := range values {
		w.lives, w.samples = append(w.lives, 100*i), append(w.samples, []float64{v})
	}
	return w
}

func TestGrown(t *testing.T) {
	tests := []struct {
		name   string
		w      *Watch
		leaked bool
	}{
		{"the same", series(Exact, 5, 5, 5, 5, 5, 5), false},
		{"up and down", series(Exact, 5, 9, 5, 8, 9, 5), false},
		{"less", series(Exact, 9, 9, 5, 5, 4, 4), false},
		{"one that stays", series(Exact, 5, 5, 5, 5, 6, 6), true},
		{"one each time", series(Exact, 1, 2, 3, 4, 5, 6), true},
		{"one each time, in noise", series(Machine, 1000, 1210, 1190, 1330, 1420, 1500), false},
		{"one each life, in noise", series(Machine, 1000, 1120, 1180, 1340, 1390, 1520, 1610, 1690, 1800, 1920), true},
		{"two looks", series(Exact, 1, 2), true},
		{"one look", series(Exact, 1), true},
	}
	for _, test := range tests {
		if got := test.w.Grown(); (got != nil) != test.leaked {
			t.Errorf("%s: %q", test.name, got)
		}
	}
	if got := series(Exact, 1, 2, 3).Figures()["x"]; len(got) != 3 || got[0] != 1 || got[1] != 2 || got[2] != 3 {
		t.Errorf("%v", got)
	}
}

// What goes away while it is looked at does not count, and what cannot be read is said.
func TestLook(t *testing.T) {
	left := 3.0
	w := NewWatch(Probe{Name: "going", Read: func() (float64, error) { left = max(left-1, 0); return left, nil }})
	if err := w.Look(1); err != nil || w.samples[0][0] != 0 {
		t.Errorf("%v, %v", w.samples, err)
	}
	w = NewWatch(Probe{Name: "none", Read: func() (float64, error) { return 0, errors.New("gone") }})
	if err := w.Look(1); err == nil || !strings.HasPrefix(err.Error(), "none: ") {
		t.Error(err)
	}
}
