package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/oci-rt/rt/tests/need"
	"github.com/oci-rt/rt/tests/stage"
)

// TestSmoke runs the whole bench, so that it cannot rot, with rt alone and as short as it
// can be: all that it does works, and nothing is left.
func TestSmoke(t *testing.T) {
	need.Root(t)
	rt := filepath.Join(t.TempDir(), "rt")
	if out, err := exec.Command("go", "build", "-o", rt, "../..").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	smoke(t, rt)
}

// optional are metrics of what needs CRIU, busybox or strace.
var optional = regexp.MustCompile("^(checkpoint|delete_tree)_|_(calls|peak)$")

func smoke(t *testing.T, rt string) {
	t.Helper()
	s, err := stage.New()
	if err != nil {
		t.Fatal(err)
	}
	o := options{rounds: 2, bursts: 1, starts: 4, crowds: []int{1, 3}, rt: rt, only: regexp.MustCompile("")}
	r, err := bench(context.Background(), s, o)
	s.Remove()
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Metrics) < 60 {
		t.Errorf("%d metrics, %q", len(r.Metrics), r.Notes)
	}
	for _, m := range r.Metrics {
		if f := m.Figures[0]; !optional.MatchString(m.Key) && (f.Samples == 0 || f.Minimum < 0) {
			t.Errorf("%s: %+v, %q", m.Key, f, r.Notes)
		}
	}
	if r.Versions["rt"] == "" {
		t.Errorf("versions %v", r.Versions)
	}
	for _, path := range s.Left() {
		t.Errorf("left: %s", path)
	}
}

// TestAble leaves out who cannot do something, and says so.
func TestAble(t *testing.T) {
	s, err := stage.New()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Remove()
	w := &workplace{Stage: s, o: options{bursts: 2}, peers: []*peer{{name: "one"}, {name: "two"}}}
	r := w.newResultOf("one", "two")
	err = w.measure(context.Background(), r, workload{key: "k", title: "t", slow: true, begin: func(_ *workplace, p *peer) (func() ([]sample, error), error) {
		if p.name == "two" {
			return nil, os.ErrNotExist
		}
		return func() ([]sample, error) { return []sample{{wall: 1e6, faults: 7}}, nil }, nil
	}})
	r.finish()
	if err != nil || len(r.Notes) != 1 || !strings.Contains(r.Notes[0], "k: two cannot: file does not exist") {
		t.Errorf("error %v, notes %q", err, r.Notes)
	}
	for _, m := range r.Metrics {
		if m.Key == "k_faults" && (m.Figures[0].Median != 7 || m.Figures[0].Samples != 2 || m.Figures[1].Samples != 0) {
			t.Errorf("%+v", m.Figures)
		}
	}
}

func TestTotals(t *testing.T) {
	const summary = "% time     seconds  usecs/call     calls    errors syscall\n" +
		" 99.00    0.006956          29       200         2 mmap\n" +
		"100.00    0.006956          29       237         2 total\n"
	if n, err := totals(summary + summary); n != 474 || err != nil {
		t.Errorf("%v, %v", n, err)
	}
	if _, err := totals("strace: ptrace: Operation not permitted"); err == nil {
		t.Error("no total is no error")
	}
}

func TestLargest(t *testing.T) {
	if n, err := largest("84\n9124\n1024\n"); n != 9124 || err != nil {
		t.Errorf("%v, %v", n, err)
	}
	if _, err := largest("Command exited with non-zero status 1\n"); err == nil {
		t.Error("what is no number is no error")
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
