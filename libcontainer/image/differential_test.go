package image

import (
	"encoding/binary"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/oci-rt/rt/libcontainer/program"
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
func TestDifferential(t *testing.T) { compareRandom(t, programs, program.MaxOutcomes, differential) }

// compareRandom compares some programs, which must have met each operation and
// the first so many outcomes.
func compareRandom(t *testing.T, programs uint64, outcomes int, compare func(t *testing.T, seed uint64) coverage) {
	var all coverage
	for seed := range programs {
		all.add(compare(t, seed))
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	t.Logf("%+v", all)
	if slices.Contains(all.ops[:], 0) || slices.Contains(all.outcomes[:outcomes], 0) || all.failures == 0 {
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

// tracer answers the system calls of a running image.
type tracer interface {
	// next waits for the next system call.
	next() (nr uintptr, args [6]uint64, err error)
	// answer makes result that of the call.
	answer(result int64) error
	// exit makes the call in earnest, which is exit_group.
	exit(t *testing.T) (status int, err error)
	memory(addr uint64, size int) ([]byte, error)
	end(t *testing.T)
}

func differential(t *testing.T, seed uint64) coverage {
	t.Helper()
	g := newGenerator(seed)
	p := g.program()
	if seed%3 == 0 {
		p = g.timed(t)
	}
	s := supervise(t, p)
	defer s.end(t)
	return compareRun(t, g, p, s)
}

// compareRun compares what a running image does with the reference.
func compareRun(t *testing.T, g *generator, p *program.Program, s tracer) coverage {
	t.Helper()
	l, err := newLayout(p)
	if err != nil {
		t.Fatal(err)
	}
	r := newReference(l)
	calls, over := 0, false
	for steps := 0; steps < maxCompared && !over && !t.Failed(); steps++ {
		r.step(func(nr uintptr, args [6]uint64) int64 {
			expect(t, s, r.next, nr, args)
			calls++
			over = calls == callBudget || nr == unix.SYS_EXIT_GROUP
			if t.Failed() {
				return 0
			}
			if over {
				compareMemory(t, s, r, l)
				if nr == unix.SYS_EXIT_GROUP {
					expectExit(t, s, int(args[0]&0xff))
				}
				return 0
			}
			result := g.result(p.Number(r.next))
			if err := s.answer(result); err != nil {
				t.Errorf("answer: %v", err)
			}
			return result
		})
	}
	return r.coverage
}

// expect checks that the next system call is this one, of that step.
func expect(t *testing.T, s tracer, step int, nr uintptr, args [6]uint64) {
	t.Helper()
	gotNr, gotArgs, err := s.next()
	if err != nil {
		t.Errorf("step %d: %v", step, err)
		return
	}
	want := fmt.Sprintf("%d%#x", nr, args)
	if got := fmt.Sprintf("%d%#x", gotNr, gotArgs); got != want {
		t.Errorf("step %d: call is %s, want %s", step, got, want)
	}
}

func expectExit(t *testing.T, s tracer, want int) {
	t.Helper()
	if status, err := s.exit(t); err != nil || status != want {
		t.Errorf("status is %d after exit_group(%d), %v", status, want, err)
	}
}

// compareMemory compares the data segment, the constant data and the progress
// word while the process waits in a system call.
func compareMemory(t *testing.T, s tracer, r *reference, l *layout) {
	t.Helper()
	compareAt(t, s, "data segment", dataAddr, r.segment(l.data))
	for i, content := range r.data {
		compareAt(t, s, fmt.Sprint("datum ", i), l.addrs[i], content)
	}
	compareAt(t, s, "progress", progressAddr, binary.NativeEndian.AppendUint32(nil, r.progress))
}

func compareAt(t *testing.T, s tracer, what string, addr uint64, want []byte) {
	t.Helper()
	got, err := s.memory(addr, len(want))
	if err != nil {
		t.Errorf("read %s: %v", what, err)
		return
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}
