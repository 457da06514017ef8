package program

import (
	"encoding/binary"
	"math/bits"

	"golang.org/x/sys/unix"
)

// What depends on the size of the machine's words and on their byte order.

// LongSize is the size of a long and of a pointer, in bytes.
const LongSize = bits.UintSize / 8

// longLow is the offset of the lower 32 bits of a long.
const longLow = (LongSize - 4) * bigEndian

// WholeWord is the mask of a word that is taken as it is.
const WholeWord = 1<<32 - 1

// FirstByte is the mask of the byte that comes first in memory.
const FirstByte = 0xff << (24 * bigEndian)

// long returns the bytes of a long.
func long(v uint64) []byte {
	if LongSize == 4 {
		return binary.NativeEndian.AppendUint32(nil, uint32(v))
	}
	return binary.NativeEndian.AppendUint64(nil, v)
}

// StoreLong is Store into a long or a pointer, whose upper half, if it has one,
// is zero. Addresses of the arena and numbers below 1<<32 fit.
func (b *Builder) StoreLong(addr, value Arg) { b.Store(addr.At(longLow), value) }

// StatfsSize is at least the size of struct statfs.
const StatfsSize = 120

// JumpIfProc goes to l if the file system whose struct statfs is in buf is a
// proc file system. Its type comes first, as a word or as a little-endian long.
func (b *Builder) JumpIfProc(buf Arg, l Label) {
	b.JumpIfWord(buf, WholeWord, unix.PROC_SUPER_MAGIC, l)
}

// CopyTimes appends the steps that turn two times in the result of statx(2) into
// what utimensat(2) takes for access and modification, and returns their
// address. struct statx has the time of the access elsewhere. The one before the
// modification is that of the last status change, which is taken for it.
//
// The nanoseconds have 32 bits with 32 unused ones behind them there, and 64
// bits here.
func (b *Builder) CopyTimes(statx Arg) Arg {
	times := statx.At(statxCtimeOff)
	if bigEndian == 1 {
		for _, nsec := range [...]Arg{times.At(8), times.At(24)} {
			b.Store(nsec.At(4), b.Load(nsec, WholeWord, "nanoseconds"))
			b.Store(nsec, Imm(0))
		}
	}
	return times
}
