package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/oci-rt/rt/tests/need"
	"github.com/oci-rt/rt/tests/stage"
)

// TestSmoke runs the whole bench, so that it cannot rot, with rt's shim alone and as short
// as it can be: what it drives is there, and nothing is left.
func TestSmoke(t *testing.T) {
	need.Root(t)
	o := options{
		rounds: 2, bursts: 1, memoryPods: 1, further: 1, rest: time.Millisecond,
		probePods: 2, probeTime: 200 * time.Millisecond, starts: 2, workers: 2, shim: buildShim(t),
	}
	r, err := onStage(t, context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range r.Metrics {
		if len(m.Figures) != 1 || m.Figures[0].Samples == 0 || m.Figures[0].Minimum <= 0 {
			t.Errorf("%s: %+v", m.Key, m.Figures)
		}
	}
	if len(r.Metrics) < 15 || r.Versions[rt] == "" {
		t.Errorf("%d metrics, versions %v", len(r.Metrics), r.Versions)
	}
}

// buildShim builds rt's shim as it is now.
func buildShim(t *testing.T) string {
	t.Helper()
	shim := filepath.Join(t.TempDir(), "containerd-shim-rt-v1")
	build := exec.Command("go", "build", "-tags", "no_grpc", "-o", shim, "../cmd/containerd-shim-rt-v1")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return shim
}

// onStage runs the bench on a stage, of which nothing is to be left.
func onStage(t *testing.T, ctx context.Context, o options) (*result, error) {
	s, err := stage.New()
	if err != nil {
		t.Fatal(err)
	}
	r, err := benchOn(ctx, s, o)
	s.Remove()
	for _, path := range s.Left() {
		t.Errorf("left: %s", path)
	}
	return r, err
}

// TestInterrupted ends the bench in the middle: it says so, and its pods are gone.
func TestInterrupted(t *testing.T) {
	need.Root(t)
	shim := buildShim(t)
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	_, err := onStage(t, ctx, options{rounds: 1e6, workers: 2, shim: shim})
	if err == nil || !strings.Contains(err.Error(), "interrupted") {
		t.Errorf("error is %v", err)
	}
}

// TestMemoryOf compares with what is known of this process.
func TestMemoryOf(t *testing.T) {
	m, err := memoryOf(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if m.private <= 0 || m.pss < m.private || m.rss < m.pss || m.threads < 1 {
		t.Errorf("%+v", m)
	}
}
