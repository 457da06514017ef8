package main

import (
	"context"
	"errors"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// TestMeasure checks that figures come from the samples of their candidate,
// although every round begins with another, and that ratios are those of one
// round.
func TestMeasure(t *testing.T) {
	one, two := &candidate{name: "one"}, &candidate{name: "two"}
	calls := map[*candidate]int{}
	list, err := measureAll(context.Background(), 3, []*candidate{one, two}, func(c *candidate) (sample, error) {
		calls[c]++
		d := time.Duration(calls[c]) * time.Millisecond
		if c == two {
			d *= 4
		}
		return sample{wall: d, cpu: 2 * d}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []figures{
		{Name: "one", Median: 2, Min: 1, CPU: 4, WallRatio: 1, CPURatio: 1},
		{Name: "two", Median: 8, Min: 4, CPU: 16, WallRatio: 0.25, CPURatio: 0.25},
	}
	for i := range want {
		if list[i] != want[i] {
			t.Errorf("got %+v, want %+v", list[i], want[i])
		}
	}
}

func TestMeasureStops(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	list := []*candidate{{name: "one"}}
	ran := 0
	_, err := measureAll(ctx, 10, list, func(*candidate) (sample, error) {
		if ran++; ran == 2 {
			cancel()
		}
		return sample{wall: 1}, nil
	})
	if err == nil || ran != 2 {
		t.Errorf("ran %d times after an interrupt in the second round, error %v", ran, err)
	}
	broken := errors.New("broken")
	if _, err := measureAll(context.Background(), 1, list, func(*candidate) (sample, error) { return sample{}, broken }); !errors.Is(err, broken) {
		t.Errorf("error is %v, want that of the command", err)
	}
}

func TestFloorCompiles(t *testing.T) {
	if _, err := exec.LookPath("cc"); err != nil {
		t.Skip(err)
	}
	out, err := exec.Command("cc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", filepath.Join(t.TempDir(), "floor"), "floor/floor.c").CombinedOutput()
	if err != nil {
		t.Errorf("%v: %s", err, out)
	}
}
