package measure

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// filled is a result of three peers, of which the last cannot do everything.
func filled() *Result {
	r := NewResult(true, "rt", "crun", "runc")
	r.Versions["rt"] = "1"
	m := r.NewMetric("exec_wall", "exec", "ms")
	m.Aims = map[string]float64{"crun": 0.3, "runc": 0.12}
	for i, samples := range [][]float64{{1.25, 3, 2.25}, {5, 6, 4.5}, {10, 30, 20}} {
		for _, s := range samples {
			m.Add(i, s)
		}
	}
	alone := r.NewMetric("kept", "kept", "%")
	alone.Alone = true
	for i := range 3 {
		alone.Add(i, 100)
	}
	events := r.NewMetric("events", "events", "")
	events.Group = "others"
	events.Add(0, 5)
	events.Add(1, 10)
	r.Finish()
	return r
}

// TestRatios checks that ratios are those of one round, and that there is none of what
// was not measured.
func TestRatios(t *testing.T) {
	r := filled()
	want := []Figures{{2.25, 1.25, 3, 1}, {5, 4.5, 3, 0.5}, {20, 10, 3, 0.1125}}
	for i := range want {
		if got := r.Metrics[0].Figures[i]; got != want[i] {
			t.Errorf("%d: got %+v, want %+v", i, got, want[i])
		}
	}
	if got := r.Metrics[2].Figures[2]; got != (Figures{}) {
		t.Errorf("%+v of what a peer cannot do", got)
	}
}

// TestPublish writes into documents, twice: the second time changes nothing.
func TestPublish(t *testing.T) {
	dir := t.TempDir()
	page := filepath.Join(dir, pageFile)
	text := "before\n<!-- make b writes what follows -->\nold\n<!-- make b has written what comes before -->\nafter\n"
	if err := os.WriteFile(page, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	r := filled()
	var texts []string
	for range 2 {
		if err := r.Publish(dir, "b", "title"); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(text))
	}
	for _, want := range []string{
		"before\n",
		"|  | rt | crun | runc | rt of crun | aim | rt of runc | aim |\n|---|---|---|---|---|---|---|---|\n",
		"| exec, ms | 2.25 (1.25) | 5 (4.50) | 20 (10) | **0.50** | 0.3 | **0.11** | 0.12 |\n",
		"| kept, % | 100 | 100 | 100 | | | | |\n",
		"\n| others | rt | crun | runc | rt of crun | rt of runc |\n|---|---|---|---|---|---|\n",
		"| events | 5 | 10 | – | **0.50** | |\n",
		"after\n",
	} {
		if !strings.Contains(texts[0], want) {
			t.Errorf("no %q in\n%s", want, texts[0])
		}
	}
	if texts[0] != texts[1] || strings.Contains(texts[0], "old") {
		t.Errorf("first\n%s\nthen\n%s", texts[0], texts[1])
	}
	data, err := os.ReadFile(filepath.Join(dir, "b.json"))
	if err != nil || !json.Valid(data) {
		t.Errorf("%s, %v", data, err)
	}
	if err := r.Publish(dir, "c", "title"); err == nil || !strings.Contains(err.Error(), "no marks") {
		t.Errorf("a page without marks: %v", err)
	}
}

// TestPlot looks for the bars: one for each of the others, as wide as the ratio.
func TestPlot(t *testing.T) {
	plot := filled().Plot("a < b")
	for _, want := range []string{`width="180.0"`, `width="40.5"`, ">0.50</text>", ">0.11</text>", ">exec</text>", "a &lt; b", "the aim"} {
		if !strings.Contains(plot, want) {
			t.Errorf("no %s in %s", want, plot)
		}
	}
	if strings.Contains(plot, "kept") {
		t.Error("has bars of what cannot be compared")
	}
}
