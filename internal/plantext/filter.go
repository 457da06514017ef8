package plantext

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/oci-rt/rt/libcontainer/plan"
	"github.com/oci-rt/rt/libcontainer/seccomp"
)

// Filter is a compiled seccomp filter.
type Filter interface {
	WriteText(io.Writer) error
}

// WriteFilter prints what a seccomp filter decides about each system call of each
// architecture and, in full, its instructions.
func WriteFilter(w io.Writer, f Filter, list []seccomp.Listing, s Style) error {
	p := newPaper(w, s)
	for i := range list {
		p.architecture(&list[i])
	}
	p.line("Calls of any other architecture: " + seccomp.Unlisted)
	if !s.Full {
		return p.out.Flush()
	}
	var text bytes.Buffer
	if err := f.WriteText(&text); err != nil {
		return err
	}
	p.line("")
	p.line(p.ink(bold, "The filter"))
	p.out.Write(text.Bytes())
	return p.out.Flush()
}

// architecture prints the calls of one architecture by what becomes of them.
func (p *paper) architecture(l *seccomp.Listing) {
	allowed, conditional := plan.Count(l)
	p.hang("", 0, bold, fmt.Sprintf("%s: default %s; %d of %d calls allowed, %d more by their arguments",
		strings.TrimPrefix(string(l.Arch), "SCMP_ARCH_"), l.Default, allowed, len(l.Calls), conditional))
	if l.Newer != "" {
		p.hang("", 2, plain, "  calls that are newer than all that the profile names: "+l.Newer)
	}
	var order []string
	names := map[string][]string{}
	for i := range l.Calls {
		c := &l.Calls[i]
		if len(c.Rules) > 0 {
			continue
		}
		if names[c.Verdict] == nil {
			order = append(order, c.Verdict)
		}
		names[c.Verdict] = append(names[c.Verdict], c.Name)
	}
	// First what is allowed, last what is so by default.
	rank := func(verdict string) int {
		return map[string]int{"ALLOW": -1, l.Default: 1}[verdict]
	}
	slices.SortStableFunc(order, func(a, b string) int { return rank(a) - rank(b) })
	for i, verdict := range order {
		if i == 1 || len(order) == 1 && rank(verdict) > 0 {
			p.conditional(l)
		}
		p.hang("", 4, plain, "  "+p.ink(verdictInk(verdict), fmt.Sprintf("%s (%d):", verdict, len(names[verdict])))+" "+strings.Join(names[verdict], " "))
	}
	p.line("")
}

func verdictInk(verdict string) ink {
	if verdict == "ALLOW" {
		return green
	}
	return yellow
}

// conditional prints the calls whose arguments matter.
func (p *paper) conditional(l *seccomp.Listing) {
	heading := "  by their arguments:"
	for i := range l.Calls {
		c := &l.Calls[i]
		if len(c.Rules) == 0 {
			continue
		}
		if heading != "" {
			p.line(heading)
			heading = ""
		}
		p.hang("    "+c.Name+" ", 24, plain, plan.Decision(c))
	}
}
