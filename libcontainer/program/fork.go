package program

import "golang.org/x/sys/unix"

// Sides says of each step whether it is only made by a process that a fork of
// the program has split off and that ends by itself, while another one goes on
// with the program: by the parent, if the program goes on in the child, or by a
// child that executes something else.
func (p *Program) Sides() []bool {
	sides := make([]bool, len(p.Steps))
	for n := Entry; n+1 < len(p.Steps); n++ {
		// Behind a fork comes the question which of both it is.
		if s, test := &p.Steps[n], &p.Steps[n+1]; s.Op == OpCall && s.Nr == unix.SYS_CLONE && test.Op == OpJumpIf {
			for i, is := range p.shorter(n+2, test.To) {
				sides[i] = sides[i] || is
			}
		}
	}
	return sides
}

// shorter returns the steps that can be reached from a or from b: from the one
// that fewer can be reached from.
func (p *Program) shorter(a, b int) []bool {
	first, second := p.reachable([]int{a}), p.reachable([]int{b})
	if count(first) < count(second) {
		return first
	}
	return second
}

func count(list []bool) (n int) {
	for _, is := range list {
		if is {
			n++
		}
	}
	return n
}

// Texts returns the text of each of these steps, as [Program.WriteText] prints it.
func (p *Program) Texts(steps []int) []string {
	pr := newPrinter(p, unique)
	texts := make([]string, len(steps))
	for i, n := range steps {
		texts[i] = pr.step(n)
	}
	return texts
}
