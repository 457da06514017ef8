package state

import "github.com/oci-rt/rt/libcontainer/program"

// StepNotes keeps in the state file the origin of the steps that run after the
// creator has exited, so that start can explain a failure.
type StepNotes []StepNote

// StepNote is the origin of the steps from First up to the next note.
type StepNote struct {
	First  uint32         `json:"first"`
	Origin program.Origin `json:"origin"`
}

// NotesFrom collects the notes of p's steps from first on.
func NotesFrom(p *program.Program, first int) StepNotes {
	var notes StepNotes
	for n := first; n < len(p.Steps); n++ {
		o := p.Origin(n)
		if len(notes) == 0 || notes[len(notes)-1].Origin != o {
			notes = append(notes, StepNote{uint32(n), o})
		}
	}
	return notes
}

// Origin returns where a step comes from.
func (notes StepNotes) Origin(step uint32) program.Origin {
	var o program.Origin
	for _, n := range notes {
		if n.First > step {
			break
		}
		o = n.Origin
	}
	return o
}
