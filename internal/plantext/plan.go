package plantext

import (
	"io"
	"strconv"
	"strings"

	"github.com/oci-rt/rt/libcontainer/plan"
	"github.com/oci-rt/rt/libcontainer/program"
)

// Write prints a plan: a summary, and then what is done, phase by phase.
func Write(w io.Writer, of *plan.Plan, s Style) error {
	p := newPaper(w, s)
	p.mounts = mounts(of)
	p.summary(of)
	for i := range of.Phases {
		p.phase(of, &of.Phases[i])
	}
	if !s.Full {
		p.line("")
		p.hang("", 0, faint, "The program has "+plan.Plural(len(of.Program.Steps), "step")+". --full prints each of them.")
	}
	return p.out.Flush()
}

// phase prints what is done in a phase.
func (p *paper) phase(of *plan.Plan, phase *plan.Phase) {
	p.line("")
	numbers := ""
	if first, last := steps(phase); first > 0 {
		numbers = "   steps " + span(first, last)
	}
	if columns(phase.Title+numbers) <= p.style.Width {
		p.line(p.ink(bold, phase.Title) + p.ink(faint, numbers))
	} else {
		p.hang("", 0, bold, phase.Title)
	}
	if p.style.Full {
		p.everything(of, phase)
		return
	}
	for _, f := range of.Folded(phase) {
		p.fold(&f)
	}
}

// steps returns the first and the last step of a phase, or 0.
func steps(phase *plan.Phase) (first, last int) {
	for _, a := range phase.Actions {
		if a.By == plan.Creator {
			continue
		}
		if first == 0 {
			first = a.First
		}
		last = a.Last
	}
	return first, last
}

// stepWidth is the width of the numbers of steps, or of who else does something.
const stepWidth = 11

// fold prints one or more actions.
func (p *paper) fold(f *plan.Fold) {
	left := span(f.First, f.End())
	colour := faint
	if f.By == plan.Creator {
		left, colour = "creator", blue
	}
	left = strings.Repeat(" ", max(stepWidth-2-len(left), 0)) + left + "  "
	p.hang(p.ink(colour, left), stepWidth, plain, p.sentence(f))
}

func span(first, last int) string {
	if first == last {
		return strconv.Itoa(first)
	}
	return strconv.Itoa(first) + "-" + strconv.Itoa(last)
}

// sentence says what one or more actions do.
func (p *paper) sentence(f *plan.Fold) string {
	title := f.Title()
	if f.Count() > 1 {
		return several(f)
	}
	if title == "" {
		return plan.Printable(f.Sentence())
	}
	if m, ok := p.mount(f.Action); ok {
		return title + ": " + plan.Printable(m)
	}
	return title + ": " + plan.Printable(f.Sentence())
}

// mounts returns the facts about mounts.
func mounts(of *plan.Plan) map[string]plan.Fact {
	facts := map[string]plan.Fact{}
	for _, f := range of.Summary {
		if f.Topic == plan.HostPaths || f.Topic == plan.FileSystems {
			facts[f.Path] = f
		}
	}
	return facts
}

// mount returns what is mounted, with all options, if an action mounts something.
func (p *paper) mount(a plan.Action) (string, bool) {
	f, ok := p.mounts[a.Path]
	switch {
	case !ok || a.By != plan.Init || !a.Mounts():
		return "", false
	case f.Topic == plan.HostPaths:
		return "bind mount " + f.Value, true
	}
	return "mount " + f.Value, true
}

// several says what actions do that repeat each other, and how many there are.
func several(f *plan.Fold) string {
	title := program.Origin{Path: plan.ListOf(f.Path)}.String()
	if title != "" {
		title += ": "
	}
	does, to := f.Each()
	for i := range to {
		to[i] = plan.Printable(to[i])
	}
	return title + plan.Printable(does) + " (" + strconv.Itoa(f.Count()) + "): " + strings.Join(to, " ")
}

// everything prints each step under the setting that it comes from, and the
// creator's actions between them.
func (p *paper) everything(of *plan.Plan, phase *plan.Phase) {
	heading := ""
	for _, a := range phase.Actions {
		if a.By == plan.Creator {
			p.line("")
			p.fold(&plan.Fold{Action: a})
			heading = ""
			continue
		}
		for n := a.First; n <= a.Last; n++ {
			if next := of.Heading(n, heading); next != heading {
				heading = next
				p.line("")
				p.hang("", 0, bold, heading)
			}
			number := strconv.Itoa(n)
			left := strings.Repeat(" ", max(stepWidth-4-len(number), 0)) + number + "  "
			p.hang(p.ink(faint, left), stepWidth-2, plain, of.Step(n))
		}
	}
}
