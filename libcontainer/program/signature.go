package program

import "golang.org/x/sys/unix"

// signature says how the arguments of a system call are read.
//
// The tables of signatures and of [constant] names are composite literals of
// constants and functions, which the linker lays out. So they cost no time in a
// command that prints nothing.
type signature struct {
	nr       uintptr
	name     string
	operands []operand
}

// operand says how one argument is read.
type operand struct {
	value func(*printer, uint64, []constant) string  // an immediate; nil: hex
	data  func(m memory, n int, _ []constant) string // what an address points to; nil: not a pointer
	count int                                        // data: distance to the argument that holds its size, or 0
	names []constant
}

// constant is a number with the name that the kernel's headers give it.
type constant struct {
	value uint64
	name  string
}

// counted returns how many bytes or elements argument i of s points to, or -1
// if no argument says so.
func (o operand) counted(s *Step, i int) int {
	j := i + o.count
	if o.count == 0 || j < 0 || j >= len(s.Args) || s.Args[j].Kind != ArgImm {
		return -1
	}
	return int(min(s.Args[j].Value, 1<<30))
}

// signatureOf returns the signature of the call s. If the meaning of the
// arguments depends on one of them, so does the signature.
func signatureOf(s *Step) (signature, bool) {
	switch s.Nr {
	case unix.SYS_PRCTL:
		if s.Args[0] == Imm(unix.PR_CAP_AMBIENT) {
			return variant(s, 1, ambientSignatures)
		}
		return variant(s, 0, prctlSignatures)
	case unix.SYS_FSCONFIG:
		return variant(s, 1, fsconfigSignatures)
	case unix.SYS_IOCTL:
		return variant(s, 1, ioctlSignatures)
	case sysFcntl:
		return variant(s, 1, fcntlSignatures)
	case unix.SYS_KEYCTL:
		return variant(s, 0, keyctlSignatures)
	}
	for _, table := range [...][]signature{fileSignatures, mountSignatures, processSignatures, socketSignatures} {
		for _, sig := range table {
			if sig.nr == s.Nr {
				return sig, true
			}
		}
	}
	return signature{}, false
}

// variant returns the signature that the value of argument i selects from
// table. The last one is for all other values.
func variant(s *Step, i int, table []signature) (signature, bool) {
	last := len(table) - 1
	for _, sig := range table[:last] {
		if s.Args[i] == Imm(sig.nr) {
			return sig, true
		}
	}
	return table[last], true
}

// Operands that many calls share.
var (
	opHex      = operand{value: hex}
	opInt      = operand{value: number}
	opID       = operand{value: id}
	opFD       = operand{value: fd}
	opMode     = operand{value: mode}
	opFileMode = operand{value: fileMode}
	opDevice   = operand{value: device}
	opSignal   = operand{value: signal}
	opPointer  = operand{data: nothing}
	opString   = operand{data: text}
	opStrings  = operand{data: stringList}
	opBuffer   = operand{data: buffer, count: 1} // its size is the next argument
	opAtFlags  = operand{value: flags, names: atNames}
	opOpen     = operand{value: openFlags}
)
