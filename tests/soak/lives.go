package soak

import (
	"fmt"
	"os"
	"strconv"
	"testing"

	"github.com/oci-rt/rt/tests/reliability"
)

// looksOf is how often a soak looks at the figures.
func looksOf(lives int) int { return min(max(lives/10, 6), 20) }

// Lives is how many containers live in a soak: what $SOAK_LIVES says, as in "make soak",
// or a few.
func Lives(t *testing.T) int {
	t.Helper()
	text := os.Getenv("SOAK_LIVES")
	if text == "" {
		return 40
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 10 {
		t.Fatalf("SOAK_LIVES=%s: want a number of lives from 10", text)
	}
	return n
}

// Run has so many containers live, one after another, and looks at the figures from time
// to time. It does not count what the first lives leave, which is made once and kept.
func Run(t *testing.T, w *Watch, lives int, live func(n int)) {
	t.Helper()
	looks := looksOf(lives)
	warm := max(lives/looks, 20)
	for n := range warm {
		live(n)
	}
	for done := 0; ; done++ {
		if done == 0 || done*looks/lives != (done-1)*looks/lives {
			if err := w.Look(done); err != nil {
				t.Fatal(err)
			}
			t.Log(progress(w, done))
		}
		if done == lives || t.Failed() {
			break
		}
		live(warm + done)
	}
	for _, grown := range w.Grown() {
		t.Error("grows: " + grown)
	}
	reliability.RecordFigures(t, lives, w.Figures())
}

// progress is a line for those who wait.
func progress(w *Watch, lives int) string {
	return fmt.Sprintf("after %d lives: %.0f", lives, w.samples[len(w.samples)-1])
}
