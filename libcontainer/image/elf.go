package image

import (
	"encoding/binary"
	"runtime"
)

// What the ELF headers need (System V gABI, chapters 4 and 5). debug/elf has
// these names too, but costs every command its initialisation.
const (
	is32 = 1 - (longSize-4)/4 // 1 for ELF-32, 0 for ELF-64

	ehdrSize = 64 - 12*is32
	phdrSize = 56 - 24*is32
	segments = 4

	class64    = 2
	dataLittle = 1
	dataBig    = 2
	etExec     = 2
	ptLoad     = 1
	ptGNUStack = 0x6474e551
	pfX        = 1
	pfW        = 2
	pfR        = 4
)

// putHeaders writes the ELF header and the program headers. There are no
// sections: only the kernel reads the file.
func (l *layout) putHeaders(text []byte) {
	h := headerWriter{text[:0]}
	h.buf = append(h.buf, 0x7f, 'E', 'L', 'F', class64-is32, byteOrder(), 1) // version 1
	h.buf = h.buf[:16]
	machine, flags := machine(runtime.GOARCH)
	h.u16(etExec, machine)
	h.u32(1)                              // version
	h.long(textAddr+codeOff, ehdrSize, 0) // entry, program headers, section headers
	h.u32(flags)
	h.u16(ehdrSize, phdrSize, segments, 0, 0, 0)

	h.segment(ptLoad, pfR|pfX, 0, textAddr, l.text, l.text)
	h.segment(ptLoad, pfR|pfW, l.dataOff(), dataAddr, l.init, l.data)
	h.segment(ptLoad, pfR|pfW, 0, progressAddr, 0, progressSize)
	h.segment(ptGNUStack, pfR|pfW, 0, 0, 0, 0)
}

// machine returns what the header says of an architecture: e_machine, and
// e_flags with the version of its ABI. This process, and so its interpreter, is
// built for it.
func machine(goarch string) (machine uint16, flags uint32) {
	switch goarch {
	case "386":
		return 3, 0
	case "amd64":
		return 62, 0
	case "arm":
		return 40, 5 << 24 // EF_ARM_EABI_VER5
	case "arm64":
		return 183, 0
	case "loong64":
		return 258, 0x43 // LP64D, of the first version of objects
	case "ppc64le":
		return 21, 2 // ELFv2: the entry point is code, not a function descriptor
	case "riscv64":
		return 243, 0
	case "s390x":
		return 22, 0
	}
	panic("image: no interpreter for " + goarch) // none links without one
}

func byteOrder() byte {
	if binary.NativeEndian.Uint16([]byte{0, 1}) == 1 {
		return dataBig
	}
	return dataLittle
}

// headerWriter appends fields in the machine's byte order.
type headerWriter struct{ buf []byte }

func (h *headerWriter) u16(values ...uint16) {
	for _, v := range values {
		h.buf = binary.NativeEndian.AppendUint16(h.buf, v)
	}
}

func (h *headerWriter) u32(values ...uint32) {
	for _, v := range values {
		h.buf = binary.NativeEndian.AppendUint32(h.buf, v)
	}
}

func (h *headerWriter) long(values ...uint64) {
	for _, v := range values {
		n := len(h.buf)
		h.buf = h.buf[:n+longSize]
		putLong(h.buf[n:], v)
	}
}

// segment appends a program header. The flags have their place behind the type
// in ELF-64, and behind the sizes in ELF-32.
func (h *headerWriter) segment(kind, flags uint32, off, addr, filesz, memsz uint64) {
	h.u32(kind)
	if is32 == 0 {
		h.u32(flags)
	}
	h.long(off, addr, addr, filesz, memsz)
	if is32 == 1 {
		h.u32(flags)
	}
	h.long(maxPage)
}
