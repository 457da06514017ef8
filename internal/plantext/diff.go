package plantext

import (
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/oci-rt/rt/libcontainer/plan"
)

// WriteDiff prints what differs between the plans of two bundles.
func WriteDiff(w io.Writer, a, b string, d *plan.Diff, s Style) error {
	p := newPaper(w, s)
	p.line(p.ink(bold, "--- "+plan.Printable(a)))
	p.line(p.ink(bold, "+++ "+plan.Printable(b)))
	if d.Same() {
		p.line("No difference in effect.")
	}
	for list := range byTopic(d.Facts) {
		p.heading(strings.ReplaceAll(string(list[0].Topic), "-", " "))
		p.changes(list)
	}
	p.calls(d.Calls)
	p.stepChanges(d.Steps)
	return p.out.Flush()
}

// byTopic cuts a list of changes where the topic changes.
func byTopic(list []plan.Change) iter.Seq[[]plan.Change] {
	return func(yield func([]plan.Change) bool) {
		for len(list) > 0 {
			n := 1
			for n < len(list) && list[n].Topic == list[0].Topic {
				n++
			}
			if !yield(list[:n]) {
				return
			}
			list = list[n:]
		}
	}
}

// changes prints the changes of a topic. Paths and capabilities, of which there
// are many, that come or go with the same value and no risk share a line.
func (p *paper) changes(list []plan.Change) {
	many := list[0].Topic == plan.Hidden || list[0].Topic == plan.Capabilities
	for _, c := range list {
		if !many || c.Old != nil && c.New != nil {
			p.side("- ", red, c.Old)
		}
		if !many || c.Old != nil && c.New != nil || c.New != nil && c.New.Risk != "" {
			p.side("+ ", green, c.New)
		}
	}
	if many {
		p.gone(list, "- ", red, func(c plan.Change) *plan.Fact { return pick(c.New == nil, c.Old) })
		p.gone(list, "+ ", green, func(c plan.Change) *plan.Fact { return pick(c.Old == nil && c.New.Risk == "", c.New) })
	}
}

func pick(yes bool, f *plan.Fact) *plan.Fact {
	if yes {
		return f
	}
	return nil
}

// gone prints the keys of the facts that of selects, those with the same value
// together.
func (p *paper) gone(list []plan.Change, sign string, i ink, of func(plan.Change) *plan.Fact) {
	var order []string
	keys := map[string][]string{}
	for _, c := range list {
		if f := of(c); f != nil {
			if keys[f.Value] == nil {
				order = append(order, f.Value)
			}
			keys[f.Value] = append(keys[f.Value], plan.Printable(f.Key))
		}
	}
	for _, value := range order {
		p.hang(p.ink(i, sign), 2, i, plan.Printable(value)+": "+strings.Join(keys[value], " "))
	}
}

func (p *paper) heading(text string) {
	p.line("")
	p.line(p.ink(bold, text))
}

// side prints a fact of one of the plans.
func (p *paper) side(sign string, i ink, f *plan.Fact) {
	if f == nil {
		return
	}
	text := plan.Printable(f.Key) + ": " + plan.Printable(f.Value)
	if f.Path != "" {
		text += "   (" + f.Path + ")"
	}
	p.hang(p.ink(i, sign), 2, i, text)
	if f.Risk != "" {
		p.hang(p.ink(alarm, "  ! "), 4, red, f.Risk)
	}
}

// calls prints the system calls about which the filters decide otherwise, those
// with the same change together.
func (p *paper) calls(list []plan.Change) {
	if len(list) == 0 {
		return
	}
	p.heading("seccomp, by system call")
	type change struct{ arch, old, new string }
	names := map[change][]string{}
	var order []change
	for _, c := range list {
		arch, name, _ := strings.Cut(c.Key, " ")
		key := change{arch, decision(c.Old), decision(c.New)}
		if names[key] == nil {
			order = append(order, key)
		}
		names[key] = append(names[key], name)
	}
	slices.SortStableFunc(order, func(a, b change) int { return importance(a.old, a.new) - importance(b.old, b.new) })
	for _, c := range order {
		p.hang("", 2, plain, "  "+c.arch+": "+strings.Join(names[c], ", "))
		p.hang(p.ink(red, "- "), 2, red, c.old)
		p.hang(p.ink(green, "+ "), 2, green, c.new)
	}
}

// importance puts what is allowed now first, and then what was.
func importance(old, new string) int {
	switch {
	case strings.HasPrefix(new, "ALLOW") || new == noFilter:
		return 0
	case strings.HasPrefix(old, "ALLOW") || old == noFilter:
		return 1
	}
	return 2
}

const noFilter = "no filter, or not for this architecture"

// decision is what a filter decides. Without a filter, or for an architecture that
// it does not list, there is no such fact.
func decision(f *plan.Fact) string {
	if f == nil {
		return noFilter
	}
	return f.Value
}

// stepChanges prints the system calls that differ.
func (p *paper) stepChanges(list []plan.StepChange) {
	if len(list) == 0 {
		return
	}
	p.heading("steps")
	for _, s := range list {
		a := plan.Action{Path: s.Path, Subject: s.Subject}
		title := a.Title()
		if title == "" {
			title = "from no setting"
		}
		p.hang("", 0, plain, title)
		for _, text := range s.Old {
			p.hang(p.ink(red, "- "), 2, red, text)
		}
		for _, text := range s.New {
			p.hang(p.ink(green, "+ "), 2, green, text)
		}
	}
}
