package cgroup

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// The eBPF program that decides on v2 about access to devices. The kernel runs
// it for each mknod(2) and each open(2) of a device by a process of the
// cgroup, with a struct bpf_cgroup_dev_ctx of three words in R1:
//
//	0  kind of the device, and access << 16
//	4  major number
//	8  minor number
//
// It allows if R0 is not 0 at the end.
//
// The policy becomes one test after the other. As the exceptions all say the
// same, their order means nothing. R0 holds what they say, so that where one
// matches the program just ends:
//
//	     r0 = 1                        for exceptions that allow
//	     if r2 != 2 goto next          a character device
//	     if r3 & 1 goto next           no more than read and write
//	     if r4 != 1 goto next          major number 1
//	     if r5 != 11 goto next         minor number 11
//	     exit
//	next:
//	     …
//	     r0 = 0
//	     exit

// instruction is an eBPF instruction (kernel documentation,
// bpf/standardization/instruction-set).
type instruction struct {
	code     uint8
	dst, src uint8
	offset   int16 // of a jump, from the next instruction; or of a load
	value    int32
}

const instructionSize = 8

// encode returns the instructions as a kernel of this byte order takes them. The
// registers are bit-fields in one byte, dst first, and so in its lower half on a
// little-endian machine.
func encode(program []instruction, order binary.AppendByteOrder) []byte {
	shiftDst, shiftSrc := 0, 4
	if order.AppendUint16(nil, 1)[1] == 1 {
		shiftDst, shiftSrc = 4, 0
	}
	code := make([]byte, 0, len(program)*instructionSize)
	for _, in := range program {
		code = append(code, in.code, in.dst<<shiftDst|in.src<<shiftSrc)
		code = order.AppendUint16(code, uint16(in.offset))
		code = order.AppendUint32(code, uint32(in.value))
	}
	return code
}

// The instructions that a filter is made of. All work on 32 bits: a
// comparison of 64 would extend the sign of a large device number. That of 32
// is from Linux 5.1.
const (
	opLoad   = unix.BPF_LDX | unix.BPF_MEM | unix.BPF_W   // dst = *(u32 *)(src + offset)
	opMove   = unix.BPF_ALU | unix.BPF_MOV | unix.BPF_K   // dst = value
	opAnd    = unix.BPF_ALU | unix.BPF_AND | unix.BPF_K   // dst &= value
	opShift  = unix.BPF_ALU | unix.BPF_RSH | unix.BPF_K   // dst >>= value
	opIfNot  = unix.BPF_JMP32 | unix.BPF_JNE | unix.BPF_K // if dst != value goto
	opIfBits = unix.BPF_JMP32 | unix.BPF_JSET | unix.BPF_K
	opGoto   = unix.BPF_JMP | unix.BPF_JA
	opExit   = unix.BPF_JMP | unix.BPF_EXIT
)

// The registers of a filter.
const (
	regVerdict = iota
	regContext
	regKind
	regAccess
	regMajor
	regMinor
)

// filter compiles the policy.
func (p *devicePolicy) filter() []instruction {
	program := []instruction{
		{code: opLoad, dst: regAccess, src: regContext},
		{code: opLoad, dst: regKind, src: regContext},
		{code: opShift, dst: regAccess, value: 16},
		{code: opAnd, dst: regKind, value: 0xffff},
		{code: opLoad, dst: regMajor, src: regContext, offset: 4},
		{code: opLoad, dst: regMinor, src: regContext, offset: 8},
		verdict(!p.allow),
	}
	for _, rule := range p.exceptions() {
		program = append(program, rule.test()...)
	}
	return append(program, verdict(p.allow), instruction{code: opExit})
}

func verdict(allow bool) instruction {
	in := instruction{code: opMove, dst: regVerdict}
	if allow {
		in.value = 1
	}
	return in
}

// test returns the instructions that end the program if the exception matches
// and go on behind them if not.
//
// The numbers come last. Behind them the verifier would know them, and follow
// the rest of the program once more for each exception: it gave up at about
// 900 exceptions instead of taking milliseconds for them.
func (r *deviceRule) test() []instruction {
	kind := int32(unix.BPF_DEVCG_DEV_CHAR)
	if r.kind == 'b' {
		kind = unix.BPF_DEVCG_DEV_BLOCK
	}
	test := append([]instruction{{code: opIfNot, dst: regKind, value: kind}}, r.testAccess()...)
	if r.major != anyNumber {
		test = append(test, instruction{code: opIfNot, dst: regMajor, value: int32(uint32(r.major))})
	}
	if r.minor != anyNumber {
		test = append(test, instruction{code: opIfNot, dst: regMinor, value: int32(uint32(r.minor))})
	}
	for i := range test {
		if test[i].offset == 0 {
			test[i].offset = int16(len(test) - i) // behind the exit
		}
	}
	return append(test, instruction{code: opExit})
}

// testAccess tests the access. What is allowed must cover all of it; what is
// denied denies it all as soon as it is part of it, or O_RDWR would open what
// must not be written.
func (r *deviceRule) testAccess() []instruction {
	switch {
	case r.access == mayAll:
		return nil
	case r.allow:
		return []instruction{{code: opIfBits, dst: regAccess, value: int32(mayAll &^ r.access)}}
	}
	return []instruction{{code: opIfBits, dst: regAccess, offset: 1, value: int32(r.access)}, {code: opGoto}}
}
