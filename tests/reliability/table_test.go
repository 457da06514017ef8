package reliability

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the table into docs/reliability.md")

const (
	docs = "../../docs/"
	end  = "\n<!-- end -->\n"
)

// The table in docs/reliability.md has the figures of docs/reliability.json, and there is
// a whole run of each of its tests.
func TestTable(t *testing.T) {
	runs, err := Read(docs + "reliability.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if runs[r.test].Total() == 0 {
			t.Errorf("there is no whole run of %s", r.test)
		}
	}
	text, err := os.ReadFile(docs + "reliability.md")
	if err != nil {
		t.Fatal(err)
	}
	want := fill(t, string(text), "test-crashes", table(runs))
	want = fill(t, want, "soak", flat(runs["TestSoak"], runs["TestShimSoak"]))
	want = fill(t, want, "fuzz", fuzzed(runs))
	if *update {
		if err := os.WriteFile(docs+"reliability.md", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if want != string(text) {
		t.Error("the tables in docs/reliability.md are not those of docs/reliability.json: go test ./tests/reliability -update")
	}
}

// fill puts a table where the document says that this target of make writes it.
func fill(t *testing.T, text, target, table string) string {
	t.Helper()
	begin := "<!-- written by make " + target + " -->\n\n"
	before, rest, ok := strings.Cut(text, begin)
	_, after, alsoOK := strings.Cut("\n"+rest, end) // the table may be empty
	if !ok || !alsoOK {
		t.Fatalf("docs/reliability.md has no place for the table of make %s", target)
	}
	return before + begin + table + end + after
}

// Subtests are counted on their own, and a new day begins anew.
func TestNote(t *testing.T) {
	path := filepath.Join(t.TempDir(), "runs.json")
	for _, n := range []struct {
		name  string
		cases int
	}{{"TestA/x", 1}, {"TestA/y", 20}, {"TestB", 300}, {"TestA/x", 4000}} {
		if err := note(path, n.name, n.cases, nil); err != nil {
			t.Fatal(err)
		}
	}
	runs, err := Read(path)
	if err != nil || runs["TestA"].Total() != 4020 || runs["TestB"].Total() != 300 {
		t.Errorf("%v, %v", runs, err)
	}
	for range 2 {
		if err := NoteFuzzing(path, "x.FuzzY", 100, 90*time.Second); err != nil {
			t.Fatal(err)
		}
	}
	if runs, err = Read(path); err != nil || fuzzed(runs) == fuzzed(nil) || runs[fuzzing+"x.FuzzY"].Total() != 200 || runs[fuzzing+"x.FuzzY"].Seconds != 180 {
		t.Errorf("%v, %v", runs, err)
	}
	if got := thousands(1234567); got != "1,234,567" {
		t.Error(got)
	}
}
