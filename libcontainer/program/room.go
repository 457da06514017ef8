package program

import (
	"maps"
	"slices"
	"sync"
)

// room is the memory of a program: nearly half of all that an exec allocates.
type room struct {
	steps   []Step
	data    []Datum
	origins []Origin
	phases  []Phase
	names   []string
}

// scratch is what a builder needs until its program is complete.
type scratch struct {
	fixups []fixup
	labels []int
}

// rooms holds the memory of programs that nobody needs any more, until the
// garbage collector takes it. In a process that makes an exec once in a while,
// the kernel would otherwise have to provide each page of newly allocated
// memory again: a third of the page faults of an exec.
var rooms sync.Pool

// scratches holds what builders do not need any more.
var scratches sync.Pool

// usualPhases is how many phases programs have at most.
const usualPhases = 6

// Expect makes room for a program of so many steps, and for as much of
// everything else as programs usually have. So it is made once, and not by
// repeated copying.
func (b *Builder) Expect(steps int) {
	r, _ := rooms.Get().(*room)
	if r == nil {
		r = &room{phases: make([]Phase, 0, usualPhases)}
	}
	b.p.Steps = append(slices.Grow(r.steps, steps), b.p.Steps...)
	b.p.Data = append(slices.Grow(r.data, steps*3/5), b.p.Data...)
	b.p.Origins = append(slices.Grow(r.origins, steps*2/5), b.p.Origins...)
	b.p.Phases = append(r.phases, b.p.Phases...)
	b.p.Names = append(slices.Grow(r.names, steps/4), b.p.Names...)
	old, _ := scratches.Get().(*scratch)
	if old == nil {
		old = &scratch{}
	}
	b.fixups = append(slices.Grow(old.fixups, steps/2), b.fixups...)
	b.labels = append(slices.Grow(old.labels, steps/2), b.labels...)
	strings := make(map[string]Arg, steps*3/5)
	maps.Copy(strings, b.strings)
	b.strings = strings
}

// Release gives the program's memory to later programs. Neither the program nor
// its parts may be used any more.
func (p *Program) Release() {
	if p.Names == nil {
		return // no builder has made it
	}
	clear(p.Steps)
	clear(p.Data)
	clear(p.Origins)
	clear(p.Names)
	rooms.Put(&room{p.Steps[:0], p.Data[:0], p.Origins[:0], p.Phases[:0], p.Names[:0]})
	*p = Program{}
}
