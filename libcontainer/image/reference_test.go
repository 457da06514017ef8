package image

import (
	"encoding/binary"
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/oci-rt/rt/libcontainer/program"
)

// reference runs a program the way package program describes it, in a model
// of the image's memory. It shares no code with the interpreter, and takes
// nothing from the layout but the data's addresses.
type reference struct {
	program  *program.Program
	addrs    []uint64 // of Program.Data
	data     [][]byte // content of the mutable data; Data[0] is the report
	slots    []uint64
	next     int
	progress uint32
	coverage coverage
}

// coverage counts what a program did.
type coverage struct {
	ops      [program.OpLoad + 1]int
	outcomes [program.MaxOutcomes]int // met, by their place
	failures int                      // errnos that no outcome expects
}

// kernel answers a system call like the real one: -4095..-1 is an errno.
type kernel func(nr uintptr, args [6]uint64) int64

func newReference(l *layout) *reference {
	r := &reference{program: l.program, addrs: l.addrs, next: program.Entry}
	r.slots = make([]uint64, l.program.Slots)
	r.slots[program.ReportSlot] = program.FirstInput
	for _, d := range l.program.Data {
		content := make([]byte, d.Len())
		copy(content, d.Bytes)
		for _, ref := range d.Refs {
			copy(content[ref.Off:], long(l.addrs[ref.To.Value]+uint64(ref.To.Off)))
		}
		r.data = append(r.data, content)
	}
	return r
}

// step runs the next step.
func (r *reference) step(call kernel) {
	s := &r.program.Steps[r.next]
	r.coverage.ops[s.Op]++
	var args [6]uint64
	for i, a := range s.Args {
		args[i] = r.value(a)
	}
	switch s.Op {
	case program.OpCall:
		r.next = r.afterCall(s, call(s.Nr, args))
	case program.OpJumpIf:
		r.next = r.jumpIf(s, args[0]&args[1] == args[2])
	case program.OpJumpIfWord:
		word := binary.NativeEndian.Uint32(r.word(args[0]))
		r.next = r.jumpIf(s, uint64(word)&args[1] == args[2])
	case program.OpStore:
		binary.NativeEndian.PutUint32(r.word(args[0]), uint32(args[1]))
		r.next++
	case program.OpFail:
		r.next = r.fail(uint32(args[0]))
	case program.OpLoad:
		r.keep(s, uint64(binary.NativeEndian.Uint32(r.word(args[0])))&args[1])
		r.next++
	}
	if r.next < len(r.program.Steps) { // otherwise it has ended
		r.progress = uint32(r.program.Number(r.next))
	}
}

func (r *reference) value(a program.Arg) uint64 {
	switch a.Kind {
	case program.ArgSlot:
		return r.slots[a.Value]
	case program.ArgAddr:
		return r.addrs[a.Value] + uint64(a.Off)
	}
	return uint64(uintptr(a.Value))
}

// word returns the 4 bytes at addr.
func (r *reference) word(addr uint64) []byte {
	for i, content := range r.data {
		if off := addr - r.addrs[i]; off+4 <= uint64(len(content)) && off < uint64(len(content)) {
			return content[off : off+4]
		}
	}
	panic(fmt.Sprintf("no word at %#x", addr))
}

func (r *reference) afterCall(s *program.Step, result int64) int {
	if result >= 0 || result < -4095 {
		r.keep(s, uint64(result))
		return r.next + 1
	}
	errno := unix.Errno(-result)
	for i, on := range s.On {
		if on.Errno == errno || on.Errno == program.AnyErrno {
			r.coverage.outcomes[i]++
			return on.To
		}
	}
	r.coverage.failures++
	return r.fail(uint32(errno))
}

// keep stores a result in the slot that takes it, if any.
func (r *reference) keep(s *program.Step, result uint64) {
	if s.Result != program.NoSlot {
		r.slots[s.Result] = uint64(uintptr(result))
	}
}

func (r *reference) jumpIf(s *program.Step, holds bool) int {
	if holds {
		return s.To
	}
	return r.next + 1
}

func (r *reference) fail(errno uint32) int {
	report := r.data[program.ReportDatum]
	binary.NativeEndian.PutUint32(report, uint32(r.program.Number(r.next)))
	binary.NativeEndian.PutUint32(report[4:], errno)
	return 0
}

// segment returns the content of the data segment.
func (r *reference) segment(size uint64) []byte {
	content := make([]byte, size)
	for i, s := range r.slots {
		copy(content[slotsOff+longSize*i:], long(s))
	}
	for i, d := range r.program.Data {
		if d.Mutable {
			copy(content[r.addrs[i]-dataAddr:], r.data[i])
		}
	}
	return content
}
