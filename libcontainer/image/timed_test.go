package image

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/oci-rt/rt/libcontainer/program"
)

// timed makes the generator's program share its progress, and returns the timed
// one. On s390x, where that takes more than one step, it returns the program as
// it is.
func (g *generator) timed(t *testing.T) *program.Program {
	t.Helper()
	share := shareProgress(t)
	if share.Op != program.OpCall {
		return g.p
	}
	g.p.Steps[program.Entry] = share
	g.p.Steps[program.Entry].Comment = 0
	p, err := program.Timed(g.p)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// shareProgress returns the step, or the first one, by which a program shares
// its progress.
func shareProgress(t *testing.T) program.Step {
	p := compile(t, func(b *program.Builder) {
		b.ShareProgress()
		b.ExitGroup(0)
	})
	return p.Steps[program.Entry]
}

// what is seen of a program from outside.
type seen struct {
	Calls    []seenCall
	Progress uint32
	Memory   []byte
}

type seenCall struct {
	Nr     uintptr
	Args   [6]uint64
	Result int64
}

// watch runs p in the reference interpreter, up to its end or some calls, and
// returns what is seen besides the questions for the time.
// Constant data lies as far behind the steps as if there were so many more.
func watch(t *testing.T, p *program.Program, more int, result func(call int) int64) seen {
	t.Helper()
	l, err := newLayout(p)
	if err != nil {
		t.Fatal(err)
	}
	for i := range p.Data {
		if !p.Data[i].Mutable {
			l.addrs[i] += uint64(recSize * more)
		}
	}
	r := newReference(l)
	var s seen
	over := false
	for steps := 0; steps < 20*maxCompared && !over; steps++ {
		r.step(func(nr uintptr, args [6]uint64) int64 {
			if r.next+1 < len(p.Steps) && p.Number(r.next) == p.Number(r.next+1) { // asks for the time
				return -int64(steps % 4000)
			}
			c := seenCall{nr, args, result(len(s.Calls))}
			if args[0] == uint64(program.ProgressAddr) {
				c.Args[1] = 0 // the size
			}
			s.Calls = append(s.Calls, c)
			over = len(s.Calls) == callBudget || nr == unix.SYS_EXIT_GROUP
			return c.Result
		})
	}
	s.Progress, s.Memory = r.progress, r.segment(l.data)
	if !over {
		s.Progress = 0 // it loops, and the timed program needs more steps for each round
	}
	return s
}

// A timed program makes the same calls as the program that it was made of, with
// the same arguments, fails at the same steps, and leaves the same data.
func TestTimedDoesTheSame(t *testing.T) {
	reports := 0
	for seed := range uint64(400) {
		g := newGenerator(seed)
		g.program()
		timed := g.timed(t)
		results := make([]int64, callBudget+1)
		for i := range results {
			results[i] = g.result(program.Entry + g.IntN(g.steps-program.Entry))
		}
		result := func(call int) int64 { return results[call] }
		want, got := watch(t, g.p, len(timed.Steps)-len(g.p.Steps), result), watch(t, timed, 0, result)
		if len(want.Calls) != len(got.Calls) && len(want.Calls) < callBudget && want.Progress == 0 {
			continue // it loops without calls
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("seed %d (-untimed +timed):\n%s", seed, diff)
		}
		if want.Memory[0] != 0 {
			reports++
		}
	}
	if reports < 50 {
		t.Errorf("only %d programs failed at a step", reports)
	}
}
