package seccomp

import (
	"github.com/oci-rt/rt/spec"
	"golang.org/x/sys/unix"
)

// condition goes on at yes if it is met and otherwise at no. The kernel's BPF
// has words of 32 bits, so the halves of an argument are compared one after the
// other.
func (c *compiler) condition(n condition, yes, no label) label {
	switch n.op {
	case spec.SeccompNotEqual:
		return c.equal(n, no, yes)
	case spec.SeccompGreater:
		return c.greater(n, unix.BPF_JGT, yes, no)
	case spec.SeccompLessEqual:
		return c.greater(n, unix.BPF_JGT, no, yes)
	case spec.SeccompGreaterEqual:
		return c.greater(n, unix.BPF_JGE, yes, no)
	case spec.SeccompLess:
		return c.greater(n, unix.BPF_JGE, no, yes)
	}
	return c.equal(n, yes, no)
}

func (c *compiler) low(n condition) uint32  { return offsetArgs + 8*uint32(n.arg) + c.lowHalf }
func (c *compiler) high(n condition) uint32 { return offsetArgs + 8*uint32(n.arg) + c.highHalf }

// equal tests argument & mask == value.
func (c *compiler) equal(n condition, yes, no label) label {
	yes = c.equalHalf(c.low(n), uint32(n.mask), uint32(n.value), yes, no)
	return c.equalHalf(c.high(n), uint32(n.mask>>32), uint32(n.value>>32), yes, no)
}

func (c *compiler) equalHalf(offset, mask, value uint32, yes, no label) label {
	switch {
	case mask == 0:
		return yes
	case mask == ^uint32(0):
		return c.load(offset, c.jump(unix.BPF_JEQ, value, yes, no))
	case value == 0:
		return c.load(offset, c.jump(unix.BPF_JSET, mask, no, yes))
	}
	return c.load(offset, c.and(mask, c.jump(unix.BPF_JEQ, value, yes, no)))
}

// greater tests argument > value, or >=, as op says for the low half.
func (c *compiler) greater(n condition, op uint16, yes, no label) label {
	low := c.load(c.low(n), c.jump(op, uint32(n.value), yes, no))
	if n.mask>>32 == 0 {
		return low
	}
	high := uint32(n.value >> 32)
	same := c.jump(unix.BPF_JEQ, high, low, no)
	return c.load(c.high(n), c.jump(unix.BPF_JGT, high, yes, same))
}
