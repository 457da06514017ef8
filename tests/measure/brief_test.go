package measure

import (
	"os"
	"strings"
	"testing"
)

// TestReadme holds the figures in README.md against those that the benches have written
// into docs/bench.json and docs/bench-shim.json.
func TestReadme(t *testing.T) {
	const dir = "../../docs"
	table, err := Brief(dir)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	want, err := between(string(text), briefBegin, briefEnd, table)
	if err != nil {
		t.Fatal(err)
	}
	if want != string(text) {
		t.Errorf("README.md does not show what was measured:\n%s", table)
	}
	for _, l := range briefLines {
		if !strings.Contains(table, "\n| "+l.title+" | 0.") {
			t.Errorf("no ratio of %s in\n%s", l.title, table)
		}
	}
}

func TestBriefWithoutFigures(t *testing.T) {
	if _, _, err := filled().ratios("none"); err == nil || !strings.Contains(err.Error(), "none") {
		t.Errorf("%v", err)
	}
	if _, err := Brief(t.TempDir()); err == nil {
		t.Error("no error without results")
	}
}
