package program

import (
	"slices"
	"testing"
)

func TestSides(t *testing.T) {
	var want []int
	p := build(t, func(b *Builder) {
		// A helper: the child executes it, and the parent waits.
		again := b.Here()
		child, done := b.NewLabel(), b.NewLabel()
		pid := b.Fork(0).Result("helper")
		b.JumpIf(pid, ^uint64(0), 0, child)
		b.Wait4(pid)
		b.JumpIf(pid, 1, 1, again)
		b.Jump(done)
		b.Bind(child)
		want = append(want, b.Next(), b.Next()+1)
		b.Close(Imm(9))
		b.ExecveFD(Imm(3), b.Pointers(), b.Pointers())
		b.Bind(done)
		// The program goes on in the child, and the parent tells and ends.
		goOn := b.NewLabel()
		pid = b.ForkSibling(0).Result("child")
		b.JumpIf(pid, ^uint64(0), 0, goOn)
		want = append(want, b.Next(), b.Next()+1)
		b.Write(Imm(3), "pid")
		b.ExitGroup(0)
		b.Bind(goOn)
		b.Umask(0)
		b.Umask(1)
		b.ExitGroup(0)
	})
	var got []int
	for n, side := range p.Sides() {
		if side {
			got = append(got, n)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("steps of processes that end are %v, want %v", got, want)
	}
}
