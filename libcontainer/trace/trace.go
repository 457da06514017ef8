package trace

import (
	"cmp"
	"slices"
	"time"

	"github.com/oci-rt/rt/libcontainer/program"
)

// Trace is what a [Recorder] has taken down. All times are counted from its
// beginning, and are nanoseconds in JSON.
type Trace struct {
	Title   string        `json:"title"`
	Begin   string        `json:"begin"` // RFC 3339
	Total   time.Duration `json:"total"`
	Error   string        `json:"error,omitempty"` // why the start failed
	Creator int           `json:"creator"`         // pid
	Init    int           `json:"init"`            // pid, or 0
	Spans   []Span        `json:"spans"`           // of the creator, without a gap
	Steps   []Step        `json:"steps"`           // of the init, in the order of their times
}

// Span is what the creator did or waited for.
type Span struct {
	Name  string        `json:"name"`
	Wait  bool          `json:"wait,omitempty"`
	Begin time.Duration `json:"begin"`
	End   time.Duration `json:"end"`
}

// Step is a call of the init's program.
type Step struct {
	Number int           `json:"step"`
	Phase  string        `json:"phase,omitempty"`
	What   string        `json:"what"` // as an error names it
	Path   string        `json:"path,omitempty"`
	Call   string        `json:"call"`
	Wait   string        `json:"wait,omitempty"` // what the step waits for
	Side   bool          `json:"side,omitempty"` // in a process that the program has split off
	Errno  string        `json:"errno,omitempty"`
	Begin  time.Duration `json:"begin"`
	End    time.Duration `json:"end"`
}

// Took returns how long the step took.
func (s *Step) Took() time.Duration { return s.End - s.Begin }

// Took returns how long the span took.
func (s *Span) Took() time.Duration { return s.End - s.Begin }

// steps describes the steps with these numbers, which began at begins. A step
// ends when the next one of its process begins, and the last one at end.
func steps(p *program.Program, numbers []int, begins map[int]time.Duration, waits map[int]string, end time.Duration) []Step {
	slices.SortStableFunc(numbers, func(a, b int) int { return cmp.Compare(begins[a], begins[b]) })
	texts, sides := p.Texts(numbers), p.Sides()
	list := make([]Step, len(numbers))
	for i, n := range numbers {
		o := p.Origin(n)
		list[i] = Step{
			Number: n, Phase: p.PhaseOf(n), What: o.String(), Path: o.Path, Call: texts[i],
			Wait: waits[n], Side: sides[n], Begin: begins[n],
		}
	}
	// The process that was split off ends with its last step.
	next := map[bool]time.Duration{false: end}
	for i := len(list) - 1; i >= 0; i-- {
		s := &list[i]
		s.End = max(s.Begin, next[s.Side])
		next[s.Side] = s.Begin
	}
	return list
}

// Phase is a part of the program while the init was in it.
type Phase struct {
	Name       string
	Begin, End time.Duration
	Waits      time.Duration // how much of it the init has waited
}

// Phases returns the phases of the init in order. A phase that the init came to
// again is there again.
func (t *Trace) Phases() []Phase {
	var list []Phase
	for i := range t.Steps {
		s := &t.Steps[i]
		if s.Side {
			continue
		}
		if len(list) == 0 || list[len(list)-1].Name != s.Phase {
			list = append(list, Phase{Name: s.Phase, Begin: s.Begin})
		}
		last := &list[len(list)-1]
		last.End = s.End
		if s.Wait != "" {
			last.Waits += s.Took()
		}
	}
	return list
}

// Slow is one of the slowest things of a start.
type Slow struct {
	Took time.Duration
	Step int // of the init, or -1: the creator did it
	What string
	Call string
}

// Slowest returns the n things that took longest, waiting aside: whoever waits,
// waits for something else that is in the list.
func (t *Trace) Slowest(n int) []Slow {
	var list []Slow
	for i := range t.Spans {
		if s := &t.Spans[i]; !s.Wait {
			list = append(list, Slow{Took: s.Took(), Step: -1, What: s.Name})
		}
	}
	for i := range t.Steps {
		if s := &t.Steps[i]; s.Wait == "" {
			list = append(list, Slow{s.Took(), s.Number, s.What, s.Call})
		}
	}
	slices.SortStableFunc(list, func(a, b Slow) int { return cmp.Compare(b.Took, a.Took) })
	return list[:min(n, len(list))]
}
