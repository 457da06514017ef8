// Package image turns a [program.Program] into a process: it writes a small
// interpreter and the program into a static ELF file in a sealed memfd, and
// starts that file.
//
// The process has no Go runtime, no heap and no parser. It consists of the
// interpreter (one assembly file for each architecture), the steps as records
// of fixed size, and their data, at fixed addresses:
//
//	0x400000    R X   ELF header, interpreter, steps, constant data
//	0x10000000  RW    failure report, slots, data that the program writes
//	0x20000000  RW    progress word, on a page of its own
//
// No page is ever writable and executable, and nothing is relocated.
package image

import (
	"fmt"

	"github.com/oci-rt/rt/libcontainer/program"
)

// Where an image's parts are. The interpreter uses these constants too.
const (
	textAddr     = 0x400000
	flagsOff     = 0x120 // offset of the flags, behind the ELF headers
	codeOff      = 0x140 // offset of the interpreter
	stepsOff     = 0x400 // offset of the steps
	dataAddr     = 0x10000000
	slotsOff     = program.ReportSize // the report comes first, the slots follow
	progressAddr = program.ProgressAddr

	// flagDumpable, in the byte at flagsOff, leaves the process dumpable:
	// see [Launch.Readable].
	flagDumpableBit = 0
	flagDumpable    = 1 << flagDumpableBit

	// maxSegment limits the size of a segment. It keeps the text below
	// dataAddr and the data below progressAddr.
	maxSegment = 128 << 20
	// maxPage is the largest page size of the architectures (arm64): a
	// segment's file offset and address must be equal modulo the page size.
	maxPage = 64 << 10
)

// layout says where an image's parts go.
type layout struct {
	program  *program.Program
	addrs    []uint64 // address of each datum
	text     uint64   // size of the text segment
	data     uint64   // size of the data segment
	dumpable bool
	// init is how much of the data segment is in the file. What follows is
	// zero, and the kernel need not read it from anywhere.
	init uint64
}

// newLayout gives every datum an address.
func newLayout(p *program.Program) (*layout, error) {
	if err := checkShape(p); err != nil {
		return nil, err
	}
	l := &layout{
		program: p,
		addrs:   make([]uint64, len(p.Data)),
		text:    stepsOff + recSize*uint64(len(p.Steps)),
		data:    slotsOff + longSize*uint64(p.Slots),
	}
	l.addrs[program.ReportDatum] = dataAddr
	for i := program.ReportDatum + 1; i < len(p.Data); i++ {
		if err := l.place(i); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// checkShape refuses a program that lacks what the interpreter relies on.
func checkShape(p *program.Program) error {
	switch {
	case len(p.Steps) <= program.Entry:
		return faultf("has no step to run")
	case len(p.Steps) > maxSteps:
		return faultf("has %d steps, more than %d", len(p.Steps), maxSteps)
	case p.Slots < 1 || p.Slots > maxSlots:
		return faultf("has %d slots, not 1 to %d", p.Slots, maxSlots)
	case len(p.Data) <= program.ReportDatum:
		return faultf("has no report")
	}
	report := &p.Data[program.ReportDatum]
	if report.Len() != program.ReportSize || !report.Mutable || len(report.Bytes) > 0 || len(report.Refs) > 0 {
		return faultf("has a report that is not %d zero bytes", program.ReportSize)
	}
	return nil
}

// place gives datum i the next address of its segment. Data is aligned to 8
// bytes, as the kernel's structures want it.
func (l *layout) place(i int) error {
	d := &l.program.Data[i]
	base, size := uint64(textAddr), &l.text
	if d.Mutable {
		base, size = dataAddr, &l.data
	}
	start := (*size + 7) &^ 7
	if uint64(d.Len()) > maxSegment-min(start, maxSegment) {
		return faultf("does not fit: datum %d, of %d bytes, exceeds the segment's %d MiB", i, d.Len(), maxSegment>>20)
	}
	l.addrs[i] = base + start
	*size = start + uint64(d.Len())
	if d.Mutable && (len(d.Bytes) > 0 || len(d.Refs) > 0) {
		l.init = *size
	}
	return nil
}

// dataOff returns the offset of the data segment in the file.
func (l *layout) dataOff() uint64 { return (l.text + maxPage - 1) &^ (maxPage - 1) }

// address returns the address that a, an ArgAddr, stands for, and how many
// bytes of its datum follow there.
func (l *layout) address(a program.Arg) (addr uint64, room int, err error) {
	if a.Value >= uint64(len(l.addrs)) {
		return 0, 0, fmt.Errorf("addresses datum %d of %d", a.Value, len(l.addrs))
	}
	size := l.program.Data[a.Value].Len()
	if uint64(a.Off) > uint64(size) {
		return 0, 0, fmt.Errorf("addresses byte %d of datum %d, which has %d", a.Off, a.Value, size)
	}
	return l.addrs[a.Value] + uint64(a.Off), size - int(a.Off), nil
}

// faultf returns the error of a program that cannot be laid out, which is a bug
// of the code that compiled it.
func faultf(format string, args ...any) error {
	return fmt.Errorf("image: program "+format, args...)
}
