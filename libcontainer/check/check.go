// Package check finds out what is wrong with a bundle's configuration, and what is
// questionable: against the specification, on this host, and by good practice.
//
// It is a function of the configuration and of facts about the host, which package
// survey gathers. It asks the system for nothing.
package check

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// Finding is one thing that a rule has found.
type Finding struct {
	Rule     string // its ID: see [Rules]
	Severity Severity
	Path     string // JSON path of the setting, or config.json for all of it
	Problem  string // what is there
	Want     string // what would be right
	// Place is where the file has the setting or, if it is missing, the next one
	// that it would be a part of.
	Place spec.Place
}

// String returns what is found, as one line that is harmless to a terminal.
func (f *Finding) String() string {
	return spec.Fault{Path: f.Path, Problem: f.Problem, Want: f.Want}.String()
}

// Severity says how much a finding matters.
type Severity uint8

const (
	Info    Severity = iota // what could be stricter; engines leave it so by default
	Warning                 // a way to the host that engines do not give by default, or a setting without effect
	Error                   // the container cannot be made
)

var severityNames = [...]string{Info: "info", Warning: "warning", Error: "error"}

func (s Severity) String() string { return severityNames[s] }

// ParseSeverity returns the severity of that name.
func ParseSeverity(name string) (Severity, error) {
	i := slices.Index(severityNames[:], name)
	if i < 0 {
		return 0, fmt.Errorf("%q (want info, warning or error)", name)
	}
	return Severity(i), nil
}

// maxOfRule is how many findings of one rule are kept. A hostile configuration may
// have millions.
const maxOfRule = 1000

// Check returns everything that the rules find in a configuration, the worst first.
// Without facts, which may be nil, it leaves out the rules about the host.
func Check(e *spec.Examined, facts *Facts) []Finding {
	c := newChecker(e.Spec, facts)
	c.faults(e.Faults)
	if e.Spec != nil {
		c.practice()
		if facts != nil {
			c.host()
		}
	}
	c.locate(e)
	slices.SortStableFunc(c.findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(b.Severity, a.Severity),
			cmp.Compare(a.Place.Start.Line, b.Place.Start.Line), cmp.Compare(a.Place.Start.Column, b.Place.Start.Column))
	})
	return c.findings
}

// checker applies the rules to one configuration. Missing parts of it are empty
// here, not nil.
type checker struct {
	spec     *specs.Spec
	proc     *specs.Process
	linux    *specs.Linux
	res      *specs.LinuxResources
	mounts   []mount
	facts    *Facts
	findings []Finding
	count    map[string]int // of findings by rule
}

func newChecker(s *specs.Spec, facts *Facts) *checker {
	s = orEmpty(s)
	c := &checker{spec: s, facts: facts, count: map[string]int{}}
	c.proc, c.linux = orEmpty(s.Process), orEmpty(s.Linux)
	c.res = orEmpty(c.linux.Resources)
	c.mounts = readMounts(s.Mounts)
	return c
}

func orEmpty[T any](p *T) *T {
	if p == nil {
		return new(T)
	}
	return p
}

// find adds a finding of a rule, with the severity that the rule has.
func (c *checker) find(rule, path, problem, want string) {
	c.findAs(ruleOf(rule).Severity, rule, path, problem, want)
}

// findAs adds a finding that may be less severe than others of its rule.
func (c *checker) findAs(s Severity, rule, path, problem, want string) {
	if c.count[rule]++; c.count[rule] <= maxOfRule {
		c.findings = append(c.findings, Finding{Rule: rule, Severity: s, Path: path, Problem: problem, Want: want})
	}
}

// locate gives the findings their places.
func (c *checker) locate(e *spec.Examined) {
	paths := make([]string, len(c.findings))
	for i := range c.findings {
		paths[i] = c.findings[i].Path
	}
	for i, place := range spec.Places(e.Text, paths) {
		c.findings[i].Place = place
	}
	for _, f := range e.Faults {
		for i := range c.findings {
			if f.At != nil && c.findings[i].Rule == "not-json" {
				c.findings[i].Place = spec.Place{Start: *f.At, End: *f.At}
			}
		}
	}
}

// element returns the JSON path of an element of a list, or of a field of it.
func element(list string, i int, field string) string {
	if field != "" {
		field = "." + field
	}
	return fmt.Sprintf("%s[%d]%s", list, i, field)
}

// member returns the JSON path of the value at key in an object whose keys are free.
func member(object, key string) string { return fmt.Sprintf("%s[%q]", object, key) }
