package cli

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/oci-rt/rt/libcontainer/check"
	"github.com/oci-rt/rt/spec"
)

// found is a report with a finding of each rule.
func found() *report {
	p := &report{file: "a b/config.json", hidden: [3]int{3, 1, 0}}
	for i, r := range check.Rules() {
		p.findings = append(p.findings, check.Finding{
			Rule: r.ID, Severity: r.Severity, Path: "mounts[0].source", Problem: "is \"x\"\x1b", Want: "y",
			Place: spec.Place{Start: spec.Position{Line: i + 1, Column: 2}, End: spec.Position{Line: i + 1, Column: 5}},
		})
	}
	return p
}

// printed returns what a report prints.
func printed(t *testing.T, print func(*rt, *report) error, p *report) string {
	t.Helper()
	var out strings.Builder
	if err := print(&rt{out: &out, build: Build{Version: "1"}}, p); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestSARIF has what the schema of SARIF 2.1.0 demands of what rt writes. (The whole
// schema, against which the output was validated, is larger than rt check.)
func TestSARIF(t *testing.T) {
	var log sarifLog
	decoder := json.NewDecoder(strings.NewReader(printed(t, (*rt).printSARIF, found())))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&log); err != nil {
		t.Fatal(err)
	}
	if log.Version != "2.1.0" || !strings.HasSuffix(log.Schema, "/sarif-schema-2.1.0.json") || len(log.Runs) != 1 {
		t.Fatalf("version %s, schema %s, %d runs", log.Version, log.Schema, len(log.Runs))
	}
	run := log.Runs[0]
	if run.Tool.Driver.Name == "" || !strings.HasPrefix(run.Tool.Driver.InformationURI, "https://") || run.ColumnKind != "unicodeCodePoints" {
		t.Errorf("driver %+v, columns %s", run.Tool.Driver, run.ColumnKind)
	}
	if len(run.Results) != len(check.Rules()) {
		t.Errorf("%d results", len(run.Results))
	}
	for i, r := range run.Results {
		checkResult(t, &run, i, &r)
	}
	if text := printed(t, (*rt).printSARIF, &report{}); !strings.Contains(text, `"results": []`) {
		t.Errorf("without findings: %s", text)
	}
}

func checkResult(t *testing.T, run *sarifRun, i int, r *sarifResult) {
	t.Helper()
	rule := run.Tool.Driver.Rules[r.RuleIndex]
	if rule.ID != r.RuleID || rule.ShortDescription.Text == "" || rule.FullDescription.Text == "" || rule.Default.Level != r.Level {
		t.Errorf("result %d of %s: rule %+v", i, r.RuleID, rule)
	}
	if r.Level != "error" && r.Level != "warning" && r.Level != "note" {
		t.Errorf("result %d: level %s", i, r.Level)
	}
	want := sarifRegion{i + 1, 2, i + 1, 5}
	if at := r.Locations[0].Physical; at.Artifact.URI != "a%20b/config.json" || at.Region != want {
		t.Errorf("result %d is at %+v", i, at)
	}
	if r.Message.Text != `mounts[0].source: is \"x\"\x1b (want y)` || r.Locations[0].Logical[0].Name != "mounts[0].source" {
		t.Errorf("result %d: %+v", i, r)
	}
}

func TestFileURI(t *testing.T) {
	for path, want := range map[string]string{
		"config.json": "config.json", "/a/b_c-d.e~f/x": "file:///a/b_c-d.e~f/x", "ä?#%": "%C3%A4%3F%23%25", "../x": "../x",
	} {
		if got := fileURI(path); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

func TestSummary(t *testing.T) {
	findings := func(severities ...check.Severity) (list []check.Finding) {
		for _, s := range severities {
			list = append(list, check.Finding{Severity: s})
		}
		return list
	}
	for want, p := range map[string]report{
		"nothing found": {},
		"nothing found; not shown: 1 warning, 2 info": {hidden: [3]int{2, 1, 0}},
		"2 errors, 1 warning, 2 info":                 {findings: findings(check.Error, check.Info, check.Warning, check.Error, check.Info)},
		"1 error; not shown: 2 warnings":              {findings: findings(check.Error), hidden: [3]int{0, 2, 0}},
	} {
		if got := p.summary(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestFindingsText has one line for each finding, whatever is in it.
func TestFindingsText(t *testing.T) {
	p := found()
	lines := strings.Split(strings.TrimSuffix(printed(t, (*rt).printFindings, p), "\n"), "\n")
	if len(lines) != len(p.findings)+1 {
		t.Errorf("%d lines of %d findings", len(lines), len(p.findings))
	}
	if want := `a b/config.json:1:2: error: mounts[0].source: is \"x\"\x1b (want y) [not-json]`; lines[0] != want {
		t.Errorf("%s\nwant\n%s", lines[0], want)
	}
}
