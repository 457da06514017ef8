// Package reliability has the figures of docs/reliability.md: how many cases the tests of
// faults, crashes and crowds have tried, when and where.
package reliability

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Run is a whole run of one test.
type Run struct {
	Date   string         `json:"date"`
	Kernel string         `json:"kernel"`
	Cases  map[string]int `json:"cases"` // of each subtest
	// Figures are what must not grow with use: in the beginning, half-way, in the end.
	Figures map[string][]float64 `json:"figures,omitempty"`
	// Seconds is how long a fuzz target has run, in all.
	Seconds int `json:"seconds,omitempty"`
}

// Total is the number of cases.
func (r Run) Total() (n int) {
	for _, cases := range r.Cases {
		n += cases
	}
	return n
}

// Record notes how many cases a test has tried, when that has passed, in the file that
// $RELIABILITY names: "make test-crashes" does. It adds to what was noted on this day.
func Record(t *testing.T, cases int) { RecordFigures(t, cases, nil) }

// RecordFigures notes besides what a test has watched. It adds to no earlier run.
func RecordFigures(t *testing.T, cases int, figures map[string][]float64) {
	path := os.Getenv("RELIABILITY")
	if path == "" {
		return
	}
	t.Cleanup(func() {
		if t.Failed() {
			return
		}
		if err := note(path, t.Name(), cases, figures); err != nil {
			t.Errorf("reliability: %v", err)
		}
	})
}

func note(path, name string, cases int, figures map[string][]float64) error {
	test, sub, _ := strings.Cut(name, "/")
	return change(path, test, func(run *Run) {
		if run.Date != today() || run.Kernel != kernel() || run.Cases == nil {
			*run = Run{Date: today(), Kernel: kernel(), Cases: map[string]int{}}
		}
		run.Cases[sub], run.Figures = cases, figures
	})
}

// fuzzing is what the keys of fuzz targets begin with.
const fuzzing = "fuzz "

// NoteFuzzing notes in a file that a fuzz target has had so many inputs in this time. It
// adds to earlier runs.
func NoteFuzzing(path, target string, executions int, took time.Duration) error {
	return change(path, fuzzing+target, func(run *Run) {
		run.Date, run.Kernel = today(), kernel()
		run.Cases = map[string]int{"": run.Cases[""] + executions}
		run.Seconds += int(took.Seconds())
	})
}

// change changes a run in a file.
func change(path, key string, f func(*Run)) error {
	lock, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	defer lock.Close()
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX); err != nil { // packages are tested at the same time
		return err
	}
	runs, err := Read(path)
	if err != nil {
		return err
	}
	run := runs[key]
	f(&run)
	runs[key] = run
	var text bytes.Buffer
	out := json.NewEncoder(&text)
	out.SetIndent("", "  ")
	if err := out.Encode(runs); err != nil {
		return err
	}
	return os.WriteFile(path, text.Bytes(), 0o644)
}

func today() string { return time.Now().UTC().Format(time.DateOnly) }

// Read reads the runs of a file, by their tests.
func Read(path string) (map[string]Run, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	runs := map[string]Run{}
	if len(text) == 0 {
		return runs, nil
	}
	if err := json.Unmarshal(text, &runs); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return runs, nil
}

func kernel() string {
	var name unix.Utsname
	_ = unix.Uname(&name)
	release := unix.ByteSliceToString(name.Release[:])
	major, rest, _ := strings.Cut(release, ".")
	minor, _, _ := strings.Cut(rest, ".")
	return major + "." + minor
}
