package image

import (
	"encoding/binary"
	"fmt"

	"github.com/oci-rt/rt/libcontainer/program"
)

// A step record. The interpreter uses these offsets too. All but the arguments
// are words of 32 bits in two parts: see packed.
const (
	recOp       = 0                    // low: program.Op, and from slotShift on bit i if argument i is the address of a slot; high: the slot that takes the result, or noSlot
	recNr       = 4                    // low: system call number; high: number of the step itself
	recArgs     = 8                    // 6 × long
	recOutcomes = recArgs + 6*longSize // 6 × low: errno, 0 if unused, anyErrno for any; high: step to go to
	recSize     = recOutcomes + 4*maxOutcomes

	longSize = program.LongSize

	opMask    = 7
	slotShift = 3 // of the slot mask, behind the operation
	lowBits   = 12
	lowMask   = 1<<lowBits - 1
	noSlot    = 1<<(32-lowBits) - 1
	anyErrno  = lowMask // no errno: the largest is EHWPOISON (133), and the kernel's own are below 600

	maxOutcomes = program.MaxOutcomes
	maxSteps    = program.MaxSteps
	maxSlots    = noSlot
)

// putLong writes a long, and reports whether v fits: as it is, or as a negative
// number.
func putLong(to []byte, v uint64) bool {
	if longSize == 8 {
		binary.NativeEndian.PutUint64(to, v)
		return true
	}
	binary.NativeEndian.PutUint32(to, uint32(v))
	return v == uint64(uint32(v)) || v == uint64(int32(v))
}

// packed returns a word with low in its lower 12 bits and high in the others.
func packed(low, high uint64) uint32 { return uint32(low&lowMask | high<<lowBits) }

// encode returns the content of the file at offset 0, the text segment, and
// at offset dataOff, the initialised part of the data segment.
func (l *layout) encode() (text, data []byte, err error) {
	code, err := machineCode()
	if err != nil {
		return nil, nil, err
	}
	file := make([]byte, l.text+l.init)
	text, data = file[:l.text:l.text], file[l.text:]
	l.putHeaders(text)
	if l.dumpable {
		text[flagsOff] = flagDumpable
	}
	copy(text[codeOff:stepsOff], code)
	for i := range l.program.Steps {
		rec := text[stepsOff+i*recSize:][:recSize]
		if err := l.putStep(rec, i); err != nil {
			return nil, nil, faultf("step %d %w", i, err)
		}
	}
	for i := range l.program.Data {
		if err := l.putDatum(text, data, i); err != nil {
			return nil, nil, faultf("datum %d %w", i, err)
		}
	}
	return text, data, nil
}

// putDatum writes datum i and the pointers in it.
func (l *layout) putDatum(text, data []byte, i int) error {
	d := &l.program.Data[i]
	if len(d.Bytes) == 0 && len(d.Refs) == 0 {
		return nil
	}
	var to []byte
	if d.Mutable {
		to = data[l.addrs[i]-dataAddr:][:d.Len()]
	} else {
		to = text[l.addrs[i]-textAddr:][:d.Len()]
	}
	copy(to, d.Bytes)
	for _, ref := range d.Refs {
		if uint64(ref.Off)+longSize > uint64(len(to)) {
			return fmt.Errorf("has a pointer at byte %d of %d", ref.Off, len(to))
		}
		if ref.To.Kind != program.ArgAddr {
			return fmt.Errorf("has a pointer at byte %d that is not an address", ref.Off)
		}
		addr, _, err := l.address(ref.To)
		if err != nil {
			return err
		}
		putLong(to[ref.Off:], addr)
	}
	return nil
}

// putStep encodes step i.
func (l *layout) putStep(rec []byte, i int) error {
	s := &l.program.Steps[i]
	slots, err := l.putArgs(rec, s)
	if err != nil {
		return err
	}
	result, err := l.result(s)
	if err != nil {
		return err
	}
	if s.Nr > lowMask {
		return fmt.Errorf("makes system call %d", s.Nr)
	}
	binary.NativeEndian.PutUint32(rec[recOp:], packed(uint64(s.Op)&opMask|slots<<slotShift, result))
	binary.NativeEndian.PutUint32(rec[recNr:], packed(uint64(s.Nr), uint64(l.program.Number(i))))
	if i == len(l.program.Steps)-1 && !s.Ends() {
		return fmt.Errorf("is the last one, and the program would run past its end")
	}
	switch s.Op {
	case program.OpCall:
		return l.putCall(rec, s)
	case program.OpJumpIf:
		return l.putTarget(rec, 0, 0, s.To)
	case program.OpJumpIfWord:
		if _, err := l.word(s.Args[0]); err != nil {
			return err
		}
		return l.putTarget(rec, 0, 0, s.To)
	case program.OpStore:
		return l.checkStore(s.Args[0])
	case program.OpFail:
		return nil
	case program.OpLoad:
		_, err := l.word(s.Args[0])
		return err
	}
	return fmt.Errorf("has the unknown operation %d", s.Op)
}

// putArgs encodes the six arguments. It returns the slot mask: bit i is set if
// argument i is not the value itself, but the address of the slot that has it.
func (l *layout) putArgs(rec []byte, s *program.Step) (slots uint64, err error) {
	for i, a := range s.Args {
		value := a.Value
		switch a.Kind {
		case program.ArgImm:
		case program.ArgSlot:
			if a.Value >= uint64(l.program.Slots) {
				return 0, fmt.Errorf("reads slot %d of %d", a.Value, l.program.Slots)
			}
			value = dataAddr + slotsOff + longSize*a.Value
			slots |= 1 << i
		case program.ArgAddr:
			addr, _, err := l.address(a)
			if err != nil {
				return 0, err
			}
			value = addr
		default:
			return 0, fmt.Errorf("has the unknown operand kind %d", a.Kind)
		}
		if !putLong(rec[recArgs+longSize*i:], value) {
			return 0, fmt.Errorf("has the operand %#x, which exceeds 32 bits", value)
		}
	}
	return slots, nil
}

// putCall encodes what only a system call has.
func (l *layout) putCall(rec []byte, s *program.Step) error {
	if len(s.On) > maxOutcomes {
		return fmt.Errorf("has %d outcomes, more than %d", len(s.On), maxOutcomes)
	}
	for i, on := range s.On {
		errno := uint64(on.Errno)
		switch {
		case on.Errno == program.AnyErrno:
			errno = anyErrno
		case errno < 1 || errno >= anyErrno:
			return fmt.Errorf("expects errno %d", errno)
		}
		if err := l.putTarget(rec, i, errno, on.To); err != nil {
			return err
		}
	}
	return nil
}

// result returns the slot that takes the result, in the form that the record
// has.
func (l *layout) result(s *program.Step) (uint64, error) {
	switch {
	case s.Result == program.NoSlot || s.Op != program.OpCall && s.Op != program.OpLoad:
		return noSlot, nil
	case int(s.Result) >= l.program.Slots:
		return 0, fmt.Errorf("writes slot %d of %d", s.Result, l.program.Slots)
	}
	return uint64(s.Result), nil
}

// putTarget encodes outcome i: where errno, or a jump, leads.
func (l *layout) putTarget(rec []byte, i int, errno uint64, to int) error {
	if to < 0 || to >= len(l.program.Steps) {
		return fmt.Errorf("goes to step %d of %d", to, len(l.program.Steps))
	}
	binary.NativeEndian.PutUint32(rec[recOutcomes+4*i:], packed(errno, uint64(to)))
	return nil
}

// word checks that a addresses 4 bytes of a datum, and returns the datum.
func (l *layout) word(a program.Arg) (*program.Datum, error) {
	if a.Kind != program.ArgAddr {
		return nil, fmt.Errorf("uses a word that is not in the arena")
	}
	_, room, err := l.address(a)
	if err != nil {
		return nil, err
	}
	if room < 4 {
		return nil, fmt.Errorf("uses a word that ends after datum %d", a.Value)
	}
	return &l.program.Data[a.Value], nil
}

// checkStore refuses a store that would hit the text segment or the slots.
func (l *layout) checkStore(a program.Arg) error {
	d, err := l.word(a)
	if err == nil && !d.Mutable {
		err = fmt.Errorf("stores to datum %d, which is constant", a.Value)
	}
	return err
}
