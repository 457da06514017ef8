package state

import (
	"github.com/oci-rt/rt/internal/plainjson"
	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/spec"
)

// StepNotes keep in the state file the origin of the steps that run after the
// creator has exited, so that start can explain a failure: a list of notes, in their
// order. They are most of a state file, and only a start that fails needs to know what
// they say, so they stay text.
type StepNotes = plainjson.Text

// stepNote is the origin of the steps from First up to the next note.
type stepNote struct {
	First  uint32         `json:"first"`
	Origin program.Origin `json:"origin"`
}

// NotesFrom collects the notes of p's steps from first on.
func NotesFrom(p *program.Program, first int) StepNotes {
	var notes []stepNote
	for n := first; n < len(p.Steps); n++ {
		o := p.Origin(n)
		if len(notes) == 0 || notes[len(notes)-1].Origin != o {
			notes = append(notes, stepNote{uint32(n), o})
		}
	}
	return plainjson.Append(nil, notes)
}

// LastOrigin returns where a step comes from that [State.LastSteps] explains. It is
// empty if they do not.
func (s *State) LastOrigin(step uint32) program.Origin {
	var notes []stepNote
	if spec.Decode(&notes, "lastSteps", s.LastSteps) != nil {
		return program.Origin{}
	}
	var o program.Origin
	for _, n := range notes {
		if n.First > step {
			break
		}
		o = n.Origin
	}
	return o
}
