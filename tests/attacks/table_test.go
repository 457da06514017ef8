package attacks

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestWeakeningsApply: every weakening changes the source of today, and what comes out has
// no faults. So the table cannot rot between two runs of "make test-attacks".
func TestWeakeningsApply(t *testing.T) {
	c := newChecker(t)
	for i, w := range weakenings() {
		changed, err := w.apply(c.root)
		if err == nil {
			err = c.check(changed)
		}
		if err != nil {
			t.Errorf("%s (without: %s):\n%v", w.name(i), w.without, err)
		}
	}
}

// row is a row of the table of attacks in docs/security.md.
type row struct {
	attack string
	tests  []string
}

// TestEveryAttackIsWeakened: every row of docs/security.md has weakenings, by which each of
// its tests is shown to bite.
func TestEveryAttackIsWeakened(t *testing.T) {
	rows := knownAttacks(t)
	bites := map[string][]string{}
	for i, w := range weakenings() {
		of := slices.IndexFunc(rows, func(r row) bool { return strings.HasPrefix(r.attack, w.attack) })
		if of < 0 {
			t.Errorf("%s: docs/security.md has no such attack", w.name(i))
			continue
		}
		for _, b := range w.bites {
			bites[rows[of].attack] = append(bites[rows[of].attack], b.name())
		}
	}
	for _, r := range rows {
		for _, test := range r.tests {
			if !slices.Contains(bites[r.attack], test) {
				t.Errorf("%.60s: nothing shows that %s bites", r.attack, test)
			}
		}
		for _, test := range bites[r.attack] {
			if !slices.Contains(r.tests, test) {
				t.Errorf("%.60s: docs/security.md does not name %s", r.attack, test)
			}
		}
	}
}

// knownAttacks reads the table, and those of the numbered defences that have tests of
// their own.
func knownAttacks(t *testing.T) (rows []row) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root(t), "docs/security.md"))
	if err != nil {
		t.Fatal(err)
	}
	for item := range strings.SplitSeq(section(t, string(text), "## How rt protects itself and the host"), ". **") {
		name, about, _ := strings.Cut(item, "**")
		about = strings.Join(strings.Fields(about), " ")
		tests := slices.DeleteFunc(testsOf(about), func(test string) bool { return strings.HasPrefix(test, ":") })
		if len(tests) > 0 {
			rows = append(rows, row{name, tests})
		}
	}
	_, table, ok := strings.Cut(section(t, string(text), "## Known attacks"), "\n|---|---|---|\n")
	if !ok {
		t.Fatal("docs/security.md has no table of known attacks")
	}
	for line := range strings.Lines(table) {
		cells := strings.Split(strings.Trim(line, "| \n"), " | ")
		if len(cells) < 2 || strings.HasPrefix(cells[1], "n/a") {
			continue
		}
		if r := (row{cells[0], testsOf(cells[len(cells)-1])}); len(cells) != 3 || len(r.tests) == 0 {
			t.Errorf("docs/security.md: no tests in the row %.60s", line)
		} else {
			rows = append(rows, r)
		}
	}
	return rows
}

// section is what stands below a heading.
func section(t *testing.T, text, heading string) string {
	t.Helper()
	_, below, ok := strings.Cut(text, "\n"+heading+"\n")
	if !ok {
		t.Fatalf("docs/security.md has no heading %q", heading)
	}
	below, _, _ = strings.Cut(below, "\n## ")
	return below
}

// named matches a script, the package of the tests that follow, or a test.
var named = regexp.MustCompile("`([a-z_]+)`(:?)|((?:Test|Fuzz)[A-Za-z0-9]+)")

// testsOf reads a cell such as "`attack_passwd`; `linux`: TestReadStored".
func testsOf(cell string) (tests []string) {
	pkg := ""
	for _, m := range named.FindAllStringSubmatch(cell, -1) {
		switch {
		case m[3] != "":
			tests = append(tests, pkg+": "+m[3])
		case m[2] != "":
			pkg = m[1]
		default:
			tests = append(tests, m[1])
		}
	}
	return tests
}

func TestTestsOf(t *testing.T) {
	got := testsOf("`attack_x`, `exec_y`; `mount`: TestA, TestB1; `libcontainer`: FuzzC; `run_z`")
	want := []string{"attack_x", "exec_y", "mount: TestA", "mount: TestB1", "libcontainer: FuzzC", "run_z"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}
