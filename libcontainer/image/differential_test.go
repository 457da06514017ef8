package image

import (
	"slices"
	"testing"

	"golang.org/x/sys/unix"
)

const (
	// programs is how many random programs TestDifferential runs.
	programs = 250
	// callBudget is how many system calls of each are compared, and
	// maxCompared how many steps: a program may loop without a call.
	callBudget  = 100
	maxCompared = 2000
)

// TestDifferential runs random programs in real image processes whose system
// calls are faked, and compares each call, and the memory at the end, with
// the reference interpreter.
func TestDifferential(t *testing.T) {
	var all coverage
	for seed := range uint64(programs) {
		all.add(differential(t, seed))
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	t.Logf("%+v", all)
	if slices.Contains(all.ops[:], 0) || slices.Contains(all.outcomes[:], 0) || all.failures == 0 {
		t.Error("the programs left something out")
	}
}

func (c *coverage) add(more coverage) {
	for i, n := range more.ops {
		c.ops[i] += n
	}
	for i, n := range more.outcomes {
		c.outcomes[i] += n
	}
	c.failures += more.failures
}

func FuzzDifferential(f *testing.F) {
	for seed := range uint64(8) {
		f.Add(1<<32 + seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) { differential(t, seed) })
}

func differential(t *testing.T, seed uint64) coverage {
	t.Helper()
	g := newGenerator(seed)
	p := g.program()
	if seed%3 == 0 {
		p = g.timed(t)
	}
	l, err := newLayout(p)
	if err != nil {
		t.Fatal(err)
	}
	s := supervise(t, p)
	defer s.end(t)
	r := newReference(l)
	calls, over := 0, false
	for steps := 0; steps < maxCompared && !over && !t.Failed(); steps++ {
		r.step(func(nr uintptr, args [6]uint64) int64 {
			call := s.expect(t, r.next, nr, args)
			calls++
			over = calls == callBudget || nr == unix.SYS_EXIT_GROUP
			if t.Failed() {
				return 0
			}
			if over {
				s.compareMemory(t, r, l)
				s.exit(t, call)
				return 0
			}
			result := g.result(p.Number(r.next))
			s.answer(t, call, result)
			return result
		})
	}
	return r.coverage
}
