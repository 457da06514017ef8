package cli

import (
	"fmt"
	"strings"

	"github.com/oci-rt/rt/libcontainer/check"
)

// printFindings prints a line for each finding in the form of compilers, which editors
// know, and how many there are.
func (r *rt) printFindings(p *report) error {
	var text strings.Builder
	for i := range p.findings {
		f := &p.findings[i]
		fmt.Fprintf(&text, "%s:%d:%d: %s: %s [%s]\n", p.file, f.Place.Start.Line, f.Place.Start.Column, f.Severity, f, f.Rule)
	}
	text.WriteString(p.file + ": " + p.summary() + "\n")
	_, err := r.out.Write([]byte(text.String()))
	return err
}

// summary counts the findings: "2 errors, 1 warning (7 of severity info not shown)".
func (p *report) summary() string {
	shown := [3]int{}
	for i := range p.findings {
		shown[p.findings[i].Severity]++
	}
	var counts, hidden []string
	for _, s := range [...]check.Severity{check.Error, check.Warning, check.Info} {
		if n := shown[s]; n > 0 {
			counts = append(counts, plural(n, s))
		}
		if n := p.hidden[s]; n > 0 {
			hidden = append(hidden, plural(n, s))
		}
	}
	text := "nothing found"
	if len(counts) > 0 {
		text = strings.Join(counts, ", ")
	}
	if len(hidden) > 0 {
		text += "; not shown: " + strings.Join(hidden, ", ")
	}
	return text
}

func plural(n int, s check.Severity) string {
	if n == 1 || s == check.Info {
		return fmt.Sprintf("%d %s", n, s)
	}
	return fmt.Sprintf("%d %ss", n, s)
}
