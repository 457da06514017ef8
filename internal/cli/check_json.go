package cli

import "github.com/oci-rt/rt/libcontainer/check"

// The JSON output of check: docs/check.md describes it. A change that programs would
// notice raises the version.
type (
	checkJSON struct {
		Version  int           `json:"version"`
		File     string        `json:"file"`
		Severity string        `json:"severity"`
		Findings []findingJSON `json:"findings"`
		Hidden   countsJSON    `json:"hidden"`
	}
	findingJSON struct {
		Rule      string `json:"rule"`
		About     string `json:"about"`
		Severity  string `json:"severity"`
		Path      string `json:"path"`
		Problem   string `json:"problem"`
		Want      string `json:"want,omitempty"`
		Line      int    `json:"line"`
		Column    int    `json:"column"`
		EndLine   int    `json:"endLine"`
		EndColumn int    `json:"endColumn"`
	}
	countsJSON struct {
		Info    int `json:"info"`
		Warning int `json:"warning"`
	}
)

func (r *rt) printFindingsJSON(p *report) error {
	out := checkJSON{
		Version: 1, File: p.file, Severity: p.least.String(), Findings: []findingJSON{},
		Hidden: countsJSON{p.hidden[check.Info], p.hidden[check.Warning]},
	}
	about := map[string]check.About{}
	for _, rule := range check.Rules() {
		about[rule.ID] = rule.About
	}
	for i := range p.findings {
		f := &p.findings[i]
		out.Findings = append(out.Findings, findingJSON{
			Rule: f.Rule, About: string(about[f.Rule]), Severity: f.Severity.String(), Path: f.Path, Problem: f.Problem, Want: f.Want,
			Line: f.Place.Start.Line, Column: f.Place.Start.Column, EndLine: f.Place.End.Line, EndColumn: f.Place.End.Column,
		})
	}
	return writeJSON(r.out, out)
}
