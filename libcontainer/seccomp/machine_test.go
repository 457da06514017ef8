package seccomp

import (
	"encoding/binary"
	"testing"

	"golang.org/x/sys/unix"
)

// data is struct seccomp_data without its instruction pointer.
type data struct {
	nr, arch uint32
	args     [6]uint64
}

// bytes returns the structure as a filter sees it on a machine.
func (d data) bytes(machine string) []byte {
	var order interface {
		binary.ByteOrder
		binary.AppendByteOrder
	} = binary.LittleEndian
	if bigEndian(machine) {
		order = binary.BigEndian
	}
	b := order.AppendUint32(nil, d.nr)
	b = order.AppendUint32(b, d.arch)
	b = order.AppendUint64(b, 0)
	for _, a := range d.args {
		b = order.AppendUint64(b, a)
	}
	return b
}

// outcome is what a filter returned, after how many instructions, and whether
// it looked at arguments on its way.
type outcome struct {
	verdict      verdict
	instructions int
	arguments    bool
}

// run interprets a filter as the kernel does.
func run(t testing.TB, filter []unix.SockFilter, d data, machine string) outcome {
	t.Helper()
	var order binary.ByteOrder = binary.LittleEndian
	if bigEndian(machine) {
		order = binary.BigEndian
	}
	words := d.bytes(machine)
	var a uint32
	var o outcome
	for pc := 0; pc < len(filter); pc++ {
		o.instructions++
		i := filter[pc]
		jump := func(yes bool) {
			if yes {
				pc += int(i.Jt)
			} else {
				pc += int(i.Jf)
			}
		}
		switch i.Code {
		case unix.BPF_LD | unix.BPF_W | unix.BPF_ABS:
			a = order.Uint32(words[i.K:])
			o.arguments = o.arguments || i.K >= offsetArgs
		case unix.BPF_ALU | unix.BPF_AND | unix.BPF_K:
			a &= i.K
		case unix.BPF_JMP | unix.BPF_JA:
			pc += int(i.K)
		case unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K:
			jump(a == i.K)
		case unix.BPF_JMP | unix.BPF_JGT | unix.BPF_K:
			jump(a > i.K)
		case unix.BPF_JMP | unix.BPF_JGE | unix.BPF_K:
			jump(a >= i.K)
		case unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K:
			jump(a&i.K != 0)
		case unix.BPF_RET | unix.BPF_K:
			o.verdict = verdict(i.K)
			return o
		default:
			t.Fatalf("instruction %d has code %#x", pc, i.Code)
		}
	}
	t.Fatal("the filter has no end")
	return o
}
