package program

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
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
}

// WriteJSON prints the program for machines: one object with the names of
// the inputs and all steps, each on a line of its own.
func (p *Program) WriteJSON(w io.Writer) error {
	out := bufio.NewWriter(w)
	pr := newPrinter(p)
	inputs := p.Inputs
	if inputs == nil {
		inputs = []Input{}
	}
	if err := writeJSON(out, "{\"inputs\":", inputs); err != nil {
		return err
	}
	separator := ",\"steps\":[\n"
	for n := range p.Steps {
		if err := writeJSON(out, separator, pr.stepJSON(n)); err != nil {
			return err
		}
		separator = ",\n"
	}
	if len(p.Steps) == 0 {
		out.WriteString(separator)
	}
	out.WriteString("\n]}\n")
	return out.Flush()
}

// writeJSON writes v behind before, without the escapes that only HTML needs.
func writeJSON(out *bufio.Writer, before string, v any) error {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return err
	}
	out.WriteString(before)
	_, err := out.Write(bytes.TrimSuffix(text.Bytes(), []byte("\n")))
	return err
}

func (pr *printer) stepJSON(n int) stepJSON {
	s := &pr.p.Steps[n]
	o := pr.p.Origin(n)
	j := stepJSON{Step: n, Text: pr.step(n), Path: o.Path, Subject: o.Subject, Doing: o.Doing}
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

// jsonOutcomes returns the outcomes by errno. Of two for one errno the first
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
