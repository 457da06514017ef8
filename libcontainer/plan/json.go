package plan

import (
	"bufio"
	"io"

	"github.com/oci-rt/rt/internal/plainjson"
)

// head is the beginning of a plan's JSON. The program follows: see
// program.WriteMembers.
type head struct {
	Schema   int      `json:"schema"`
	Kind     Kind     `json:"kind"`
	ID       string   `json:"id"`
	Bundle   string   `json:"bundle"`
	Warnings []string `json:"warnings"`
	Refused  []string `json:"refused"`
	Summary  []Fact   `json:"summary"`
	Phases   []Phase  `json:"phases"`
}

// WriteJSON writes the plan for machines. docs/plan.schema.json describes it.
func (p *Plan) WriteJSON(w io.Writer) error {
	out := bufio.NewWriter(w)
	text := plainjson.Append(nil, head{
		Schema: Schema, Kind: p.Kind, ID: p.ID, Bundle: p.Bundle, Warnings: notNil(p.Warnings), Refused: notNil(p.Refused),
		Summary: notNil(p.Summary), Phases: notNil(p.Phases),
	})
	out.Write(text[:len(text)-1]) // the object goes on
	out.WriteByte(',')
	if err := p.Program.WriteMembers(out); err != nil {
		return err
	}
	out.WriteString("}\n")
	return out.Flush()
}

// notNil returns the list, which is [] in JSON even if it is empty.
func notNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
