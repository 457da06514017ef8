package program

import (
	"bufio"
	"io"

	"github.com/oci-rt/rt/internal/plainjson"
)

// stepJSON is a step in the output of [Program.WriteJSON].
type stepJSON struct {
	Step    int            `json:"step"`
	Call    string         `json:"call,omitempty"`
	Args    []string       `json:"args,omitempty"`
	Result  string         `json:"result,omitempty"`
	On      map[string]int `json:"on,omitempty"` // errno, or "any errno" → step
	To      *int           `json:"to,omitempty"` // a jump's target
	Text    string         `json:"text"`
	Path    string         `json:"path,omitempty"`
	Subject string         `json:"subject,omitempty"`
	Doing   string         `json:"doing,omitempty"`
	Phase   string         `json:"phase,omitempty"`
}

// WriteJSON prints the program for machines: one object with the names of
// the inputs and all steps, each on a line of its own.
func (p *Program) WriteJSON(w io.Writer) error {
	if _, err := io.WriteString(w, "{"); err != nil {
		return err
	}
	if err := p.WriteMembers(w); err != nil {
		return err
	}
	_, err := io.WriteString(w, "}\n")
	return err
}

// WriteMembers prints the members of the object of [Program.WriteJSON], for an
// object that has more.
func (p *Program) WriteMembers(w io.Writer) error {
	out := bufio.NewWriter(w)
	pr := newPrinter(p, unique)
	inputs := p.Inputs
	if inputs == nil {
		inputs = []Input{}
	}
	writeJSON(out, "\"inputs\":", inputs)
	separator := ",\"steps\":[\n"
	for n := range p.Steps {
		writeJSON(out, separator, pr.stepJSON(n))
		separator = ",\n"
	}
	if len(p.Steps) == 0 {
		out.WriteString(separator)
	}
	out.WriteString("\n]")
	return out.Flush()
}

// writeJSON writes v behind before.
func writeJSON(out *bufio.Writer, before string, v any) {
	out.WriteString(before)
	out.Write(plainjson.Append(nil, v))
}

func (pr *printer) stepJSON(n int) stepJSON {
	s := &pr.p.Steps[n]
	o := pr.p.Origin(n)
	j := stepJSON{Step: n, Text: pr.step(n), Path: o.Path, Subject: o.Subject, Doing: o.Doing, Phase: pr.p.PhaseOf(n)}
	switch s.Op {
	case OpCall:
		j.Call, j.Args = pr.callParts(s)
		if s.Result != NoSlot {
			j.Result = pr.slot(s.Result)
		}
		j.On = jsonOutcomes(s.On)
	case OpJumpIf, OpJumpIfWord:
		j.To = &s.To
	case OpLoad:
		j.Result = pr.slot(s.Result)
	}
	return j
}

// jsonOutcomes returns the outcomes by errno. If an errno has two, the first
// counts, as it does when the program runs.
func jsonOutcomes(list []Outcome) map[string]int {
	on := make(map[string]int, len(list))
	for _, o := range list {
		name := errnoName(o.Errno)
		if _, twice := on[name]; !twice {
			on[name] = o.To
		}
	}
	return on
}
