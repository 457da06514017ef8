package seccomp

import (
	"slices"

	"golang.org/x/sys/unix"
)

// label is a place in a filter: the number of an instruction, counted from the
// end.
type label int

// assembler makes a filter from its end to its beginning. BPF only jumps
// forward, so every target exists when a jump to it is made. Instructions that
// are asked for again, such as the tail of another decision, are shared.
type assembler struct {
	code []unix.SockFilter // backwards
	seen map[node]label
}

// node is an instruction with its targets. Equal nodes do the same.
type node struct {
	code   uint16
	k      uint32
	yes    label
	no     label
	target label // of an instruction that is no jump: the next one
}

// maxJump is the limit of the instructions that a conditional jump passes over.
// Its distances have 8 bits, and one less leaves room for a detour of the other
// target.
const maxJump = 254

func newAssembler() *assembler {
	return &assembler{seen: map[node]label{}}
}

// program returns the filter, in the order in which it runs.
func (a *assembler) program() []unix.SockFilter {
	p := slices.Clone(a.code)
	slices.Reverse(p)
	return p
}

// distance returns how many instructions are between the next one and l.
func (a *assembler) distance(l label) int { return len(a.code) - int(l) - 1 }

func (a *assembler) put(i unix.SockFilter) label {
	a.code = append(a.code, i)
	return label(len(a.code) - 1)
}

// shared returns the place of an equal node that is within reach, or puts the
// node.
func (a *assembler) shared(n node, put func() label) label {
	if l, ok := a.seen[n]; ok && a.distance(l) < maxJump {
		return l
	}
	l := put()
	a.seen[n] = l
	return l
}

// ret returns the verdict.
func (a *assembler) ret(v verdict) label {
	return a.shared(node{code: unix.BPF_RET | unix.BPF_K, k: uint32(v)}, func() label {
		return a.put(unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: uint32(v)})
	})
}

// jump compares the accumulator with k and goes on at yes or no. op is
// BPF_JEQ, BPF_JGT, BPF_JGE or BPF_JSET.
func (a *assembler) jump(op uint16, k uint32, yes, no label) label {
	if yes == no {
		return yes
	}
	code := unix.BPF_JMP | unix.BPF_K | op
	return a.shared(node{code: code, k: k, yes: yes, no: no}, func() label {
		yes := a.near(yes)
		no := a.near(no)
		return a.put(unix.SockFilter{Code: code, K: k, Jt: uint8(a.distance(yes)), Jf: uint8(a.distance(no))})
	})
}

// near returns a place that does the same as l and is within the reach of a
// conditional jump.
func (a *assembler) near(l label) label {
	if a.distance(l) < maxJump {
		return l
	}
	if i := a.code[l]; i.Code == unix.BPF_RET|unix.BPF_K {
		return a.ret(verdict(i.K))
	}
	return a.always(l)
}

// always goes on at l.
func (a *assembler) always(l label) label {
	const code = unix.BPF_JMP | unix.BPF_JA
	return a.shared(node{code: code, target: l}, func() label {
		return a.put(unix.SockFilter{Code: code, K: uint32(a.distance(l))})
	})
}

// load loads the 32-bit word at this offset of struct seccomp_data.
func (a *assembler) load(offset uint32, next label) label {
	return a.step(unix.BPF_LD|unix.BPF_W|unix.BPF_ABS, offset, next)
}

// and masks the accumulator.
func (a *assembler) and(mask uint32, next label) label {
	return a.step(unix.BPF_ALU|unix.BPF_AND|unix.BPF_K, mask, next)
}

// step puts an instruction that goes on at next. Behind it comes a jump if next
// does not follow directly.
func (a *assembler) step(code uint16, k uint32, next label) label {
	return a.shared(node{code: code, k: k, target: next}, func() label {
		if d := a.distance(next); d > 0 {
			a.put(unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JA, K: uint32(d)})
		}
		return a.put(unix.SockFilter{Code: code, K: k})
	})
}
