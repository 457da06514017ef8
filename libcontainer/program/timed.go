package program

import (
	"fmt"

	"golang.org/x/sys/unix"
)

const (
	// ProgressSize is the size of the page that holds the progress word.
	ProgressSize = 4096
	// TimesAddr is where a program that [Timed] has made stores when its calls
	// began: a struct timespec for each step, by its number, right behind the
	// page of the progress word, in the same shared memory.
	TimesAddr = ProgressAddr + ProgressSize
	// TimeSize is the size of one of these times.
	TimeSize = 16
)

// Timed returns a program that does what p does and, before each call, asks for
// the time: see [TimesAddr] and [Program.Clock]. Its steps have the numbers that
// they have in p, also in reports and as progress. Both programs share
// everything but the steps.
//
// There are no times
//
//   - of the failure handler, and of what comes before p shares its progress;
//   - behind a seccomp(2): the filter may forbid the question;
//   - of steps that make no call. They take nanoseconds, which the call before
//     them gets.
//
// A call that is made again at once, because a signal interrupted it, keeps the
// time of its first attempt. Any other step that runs again gets a new one.
func Timed(p *Program) (*Program, error) {
	share := sharesProgress(p)
	if share < 0 {
		return nil, fmt.Errorf("program: shares no progress, so it cannot be timed")
	}
	t := timing{p: p, timed: timedSteps(p, share), clock: clockOf(p)}
	t.place()
	if t.count > MaxSteps {
		return nil, fmt.Errorf("program: exceeds the limit of %d steps of a program if it is timed", MaxSteps)
	}
	timed := *p
	timed.Steps, timed.Numbers = t.steps()
	timed.Shared = ProgressSize + (TimeSize*len(p.Steps)+ProgressSize-1)&^(ProgressSize-1)
	timed.Steps[t.at[sizeStep(p, share)]].Args[1] = Imm(timed.Shared)
	return &timed, nil
}

// sizeStep returns the step that has the size of the shared memory as its second
// argument: the mmap(2) itself or, on an architecture whose mmap takes its
// arguments in memory, the one that stores it there.
func sizeStep(p *Program, share int) int {
	for n := Entry; n < share; n++ {
		if p.Steps[n].Op == OpStore && p.Steps[n].Args[1] == Imm(ProgressSize) {
			return n
		}
	}
	return share
}

// Number returns the number of the step at index i of p.Steps: i itself, unless
// [Timed] has made the program.
func (p *Program) Number(i int) int {
	if p.Numbers == nil {
		return i
	}
	return int(p.Numbers[i])
}

// SharedSize returns the size of the memory that the program wants as its
// [ProgressInput].
func (p *Program) SharedSize() int {
	if p.Shared == 0 {
		return ProgressSize
	}
	return p.Shared
}

// Clock returns the clock of the times of [Timed], as clock_gettime(2) numbers
// it. It is CLOCK_MONOTONIC, unless the program enters or makes a time
// namespace, in which that clock has an offset (time_namespaces(7)). Then it is
// CLOCK_REALTIME, which has none.
func (p *Program) Clock() int { return clockOf(p) }

func clockOf(p *Program) int {
	for i := range p.Steps {
		s := &p.Steps[i]
		if s.Op != OpCall {
			continue
		}
		if s.Nr == unix.SYS_UNSHARE && s.Args[0].Value&unix.CLONE_NEWTIME != 0 ||
			s.Nr == unix.SYS_SETNS && s.Args[1].Value&unix.CLONE_NEWTIME != 0 {
			return unix.CLOCK_REALTIME
		}
	}
	return unix.CLOCK_MONOTONIC
}

// sharesProgress returns the step of [Builder.ShareProgress], or -1.
func sharesProgress(p *Program) int {
	for i := Entry; i < len(p.Steps); i++ {
		if s := &p.Steps[i]; s.Op == OpCall && s.Nr == sysMmap {
			return i // no other part of a program maps memory
		}
	}
	return -1
}

// timedSteps says of each step of p whether it gets a time.
func timedSteps(p *Program, share int) []bool {
	timed := make([]bool, len(p.Steps))
	var filters []int
	for i := share + 1; i < len(p.Steps); i++ {
		timed[i] = p.Steps[i].Op == OpCall
		if timed[i] && p.Steps[i].Nr == unix.SYS_SECCOMP {
			filters = append(filters, i)
		}
	}
	for _, f := range filters {
		for i, behind := range p.reachable(p.successors(f)) {
			timed[i] = timed[i] && !behind
		}
	}
	return timed
}

// reachable says of each step whether the program can come to it from one of
// these.
func (p *Program) reachable(from []int) []bool {
	seen := make([]bool, len(p.Steps))
	for len(from) > 0 {
		n := from[len(from)-1]
		from = from[:len(from)-1]
		if n < len(seen) && !seen[n] {
			seen[n] = true
			from = append(from, p.successors(n)...)
		}
	}
	return seen
}

// successors returns the steps that may come right behind step n, except those
// of the failure handler.
func (p *Program) successors(n int) []int {
	s := &p.Steps[n]
	var list []int
	if !s.Ends() {
		list = append(list, n+1)
	}
	if s.Op == OpJumpIf || s.Op == OpJumpIfWord {
		list = append(list, s.To)
	}
	for _, o := range s.On {
		list = append(list, o.To)
	}
	return list
}

// timing is a program that is being made by [Timed].
type timing struct {
	p     *Program
	timed []bool
	clock int
	count int   // of steps
	at    []int // the new place of each step
}

// place gives each step its new place: behind the call that asks for the time.
func (t *timing) place() {
	t.at = make([]int, len(t.p.Steps))
	for n := range t.p.Steps {
		if t.timed[n] {
			t.count++
		}
		t.at[n] = t.count
		t.count++
	}
}

// steps returns the new steps and their numbers.
func (t *timing) steps() ([]Step, []int32) {
	steps, numbers := make([]Step, 0, t.count), make([]int32, 0, t.count)
	for n := range t.p.Steps {
		if t.timed[n] {
			steps, numbers = append(steps, t.question(n)), append(numbers, int32(n))
		}
		steps, numbers = append(steps, t.moved(n)), append(numbers, int32(n))
	}
	return steps, numbers
}

// question returns the call that asks for the time of step n. Whatever its
// answer, the step comes next.
func (t *timing) question(n int) Step {
	return Step{
		Op: OpCall, Nr: sysClockGettime, Args: [6]Arg{Imm(t.clock), Imm(uint64(TimesAddr + TimeSize*n))},
		On: []Outcome{{AnyErrno, t.at[n]}}, Comment: t.p.Steps[n].Comment, Result: NoSlot,
	}
}

// moved returns step n with its targets at their new places.
func (t *timing) moved(n int) Step {
	s := t.p.Steps[n]
	s.To = t.target(n, s.To)
	if len(s.On) > 0 {
		list := make([]Outcome, len(s.On))
		for i, o := range s.On {
			list[i] = Outcome{o.Errno, t.target(n, o.To)}
		}
		s.On = list
	}
	return s
}

// target returns the new place that step n goes to if it goes to step to.
func (t *timing) target(n, to int) int {
	if t.timed[to] && to != n {
		return t.at[to] - 1
	}
	return t.at[to]
}
