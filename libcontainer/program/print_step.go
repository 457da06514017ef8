package program

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// step returns step n on one line.
func (pr *printer) step(n int) string {
	s := &pr.p.Steps[n]
	switch s.Op {
	case OpCall:
		return pr.result(s) + pr.call(s) + outcomes(s, n)
	case OpJumpIf:
		return pr.jump(s, pr.raw(s.Args[0]))
	case OpJumpIfWord:
		return pr.jump(s, "word("+pr.place(s.Args[0])+")")
	case OpStore:
		return fmt.Sprintf("word(%s) = %s", pr.place(s.Args[0]), pr.raw(s.Args[1]))
	case OpFail:
		return pr.fail(s, pr.p.Origin(n))
	case OpLoad:
		return pr.load(s)
	}
	return fmt.Sprintf("op_%d", s.Op)
}

// fail returns the text of a step that ends the program, with the whole error
// if the errno does not say it.
func (pr *printer) fail(s *Step, o Origin) string {
	errno := pr.raw(s.Args[0])
	if s.Args[0].Kind == ArgImm {
		errno = errnoName(unix.Errno(s.Args[0].Value))
	}
	if o.Complete {
		return "fail(" + errno + ": " + printable(o.Doing) + ")"
	}
	return "fail(" + errno + ")"
}

// load prints a load of a word or a part of it.
func (pr *printer) load(s *Step) string {
	word := pr.result(s) + "word(" + pr.place(s.Args[0]) + ")"
	if s.Args[1] == Imm(uint32(WholeWord)) {
		return word
	}
	return word + " & " + pr.raw(s.Args[1])
}

// result returns the left side of a step whose result is kept.
func (pr *printer) result(s *Step) string {
	if s.Result == NoSlot {
		return ""
	}
	return pr.slot(s.Result) + " = "
}

func (pr *printer) call(s *Step) string {
	name, args := pr.callParts(s)
	return name + "(" + strings.Join(args, ", ") + ")"
}

// callParts returns the name of the system call of s and the text of its
// arguments.
func (pr *printer) callParts(s *Step) (name string, args []string) {
	sig, known := signatureOf(s)
	if !known {
		sig.name = "syscall_" + strconv.Itoa(int(s.Nr))
	}
	count := len(sig.operands)
	// Arguments that the signature does not have are in the registers
	// nevertheless.
	for i := count; i < len(s.Args); i++ {
		if s.Args[i] != (Arg{}) {
			count = i + 1
		}
	}
	for i := range count {
		o := operand{}
		if i < len(sig.operands) {
			o = sig.operands[i]
		}
		args = append(args, pr.operand(s, i, o))
	}
	return sig.name, args
}

// outcomes says what the expected errnos of a step mean. Errnos that lead to
// the same place are printed together.
func outcomes(s *Step, n int) string {
	var b strings.Builder
	for i, o := range s.On {
		switch {
		case i == 0:
			b.WriteString("   ")
		case o.To == s.On[i-1].To:
			b.WriteString(", ")
		default:
			b.WriteString("; ")
		}
		b.WriteString(errnoName(o.Errno))
		if i+1 == len(s.On) || s.On[i+1].To != o.To {
			b.WriteString(destination(o.To, n))
		}
	}
	return b.String()
}

// destination says where an outcome of step n leads.
func destination(to, n int) string {
	switch to {
	case n:
		return " → again"
	case n + 1:
		return " → ignored"
	}
	return " → " + strconv.Itoa(to)
}

func errnoName(e unix.Errno) string {
	if e == AnyErrno {
		return "any errno"
	}
	if name := unix.ErrnoName(e); name != "" {
		return name
	}
	return "errno " + strconv.Itoa(int(e))
}

// jump prints a conditional jump on value.
func (pr *printer) jump(s *Step, value string) string {
	to := "goto " + strconv.Itoa(s.To)
	mask, want := s.Args[1], s.Args[2]
	switch {
	case s.Op == OpJumpIf && mask == Null && want == Null:
		return to
	case mask == Imm(^uint64(0)), s.Op == OpJumpIfWord && mask == Imm(uint32(WholeWord)):
		return fmt.Sprintf("if %s == %s %s", value, pr.raw(want), to)
	case mask == Imm(unix.S_IFMT) && want.Kind == ArgImm:
		return fmt.Sprintf("if (%s & S_IFMT) == %s %s", value, enum(pr, want.Value, fileTypes), to)
	}
	return fmt.Sprintf("if (%s & %s) == %s %s", value, pr.raw(mask), pr.raw(want), to)
}

// raw returns an operand of which nothing is known.
func (pr *printer) raw(a Arg) string {
	switch a.Kind {
	case ArgSlot:
		return pr.slot(Slot(a.Value))
	case ArgAddr:
		return "&" + pr.address(a)
	}
	return hex(pr, a.Value, nil)
}

// place returns the operand of a step that works on the word at an address.
func (pr *printer) place(a Arg) string {
	if a.Kind == ArgAddr {
		return pr.address(a)
	}
	return pr.raw(a)
}
