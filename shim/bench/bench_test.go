package main

import (
	"context"
	"encoding/json"
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
	left := []string{s.Path()}
	for _, mount := range s.Cgroups.All() {
		cgroups, _ := filepath.Glob(filepath.Join(mount, s.Name()+"*"))
		left = append(left, cgroups...)
	}
	for _, path := range left {
		if _, err := os.Stat(path); err == nil {
			t.Errorf("left: %s", path)
		}
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

// filled is a result of three peers.
func filled() *result {
	r := &result{Machine: "a machine", Versions: map[string]string{rt: "1"}, Peers: []string{rt, crun, runc}}
	m := r.newMetric("exec_wall", "exec", "ms")
	for i, samples := range [][]float64{{1, 3, 2}, {4, 6, 4}, {10, 30, 20}} {
		for _, s := range samples {
			m.add(i, s)
		}
	}
	alone := r.newMetric("kept", "kept", "%")
	alone.Alone = true
	for i := range 3 {
		alone.add(i, 100)
	}
	r.finish()
	return r
}

// TestRatios checks that ratios are those of one round.
func TestRatios(t *testing.T) {
	m := filled().Metrics[0]
	want := []figures{{2, 1, 3, 1}, {4, 4, 3, 0.5}, {20, 10, 3, 0.1}}
	for i := range want {
		if m.Figures[i] != want[i] {
			t.Errorf("%d: got %+v, want %+v", i, m.Figures[i], want[i])
		}
	}
}

// TestPublish writes into documents, twice: the second time changes nothing.
func TestPublish(t *testing.T) {
	dir := t.TempDir()
	page := filepath.Join(dir, pageFile)
	if err := os.WriteFile(page, []byte("before\n"+beginMark+"old\n"+endMark+"after\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := filled()
	var texts []string
	for range 2 {
		if err := r.publish(dir); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(text))
	}
	row := "| exec, ms | 2.00 (1.00) | 4.00 (4.00) | 20.0 (10.0) | **0.50** | 0.3 | **0.10** | 0.12 |\n"
	alone := "| kept, % | 100 (100) | 100 (100) | 100 (100) | | | | |\n"
	if !strings.Contains(texts[0], alone) {
		t.Errorf("no %s in %s", alone, texts[0])
	}
	if texts[0] != texts[1] || !strings.HasPrefix(texts[0], "before\n") || !strings.HasSuffix(texts[0], "after\n") || !strings.Contains(texts[0], row) || strings.Contains(texts[0], "old") {
		t.Errorf("%s", texts[0])
	}
	data, err := os.ReadFile(filepath.Join(dir, jsonFile))
	if err != nil || !json.Valid(data) {
		t.Errorf("%s, %v", data, err)
	}
	if _, err := r.insert("a page without marks"); err == nil {
		t.Error("a page without marks is no error")
	}
}

// TestPlot looks for the bars: one for each of the others, as wide as the ratio.
func TestPlot(t *testing.T) {
	plot := filled().plot()
	for _, want := range []string{`width="180.0"`, `width="36.0"`, ">0.50</text>", ">0.10</text>", ">exec</text>"} {
		if !strings.Contains(plot, want) {
			t.Errorf("no %s in %s", want, plot)
		}
	}
	if strings.Contains(plot, "kept") {
		t.Error("has bars of what cannot be compared")
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
