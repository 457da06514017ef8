package image

import (
	"encoding/binary"
	"runtime"
)

// What the ELF-64 headers need (System V gABI, chapters 4 and 5). debug/elf
// has these names too, but costs every command its initialisation.
const (
	ehdrSize = 64
	phdrSize = 56
	segments = 4

	etExec     = 2
	emX8664    = 62
	emAArch64  = 183
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
	h.buf = append(h.buf, "\x7fELF\x02\x01\x01"...) // 64 bits, little-endian, version 1
	h.buf = h.buf[:16]
	h.u16(etExec, machine())
	h.u32(1)                             // version
	h.u64(textAddr+codeOff, ehdrSize, 0) // entry, program headers, section headers
	h.u32(0)                             // flags
	h.u16(ehdrSize, phdrSize, segments, 0, 0, 0)

	h.segment(ptLoad, pfR|pfX, 0, textAddr, l.text, l.text)
	h.segment(ptLoad, pfR|pfW, l.dataOff(), dataAddr, l.init, l.data)
	h.segment(ptLoad, pfR|pfW, 0, progressAddr, 0, progressSize)
	h.segment(ptGNUStack, pfR|pfW, 0, 0, 0, 0)
}

// machine returns the architecture that this process, and so its interpreter,
// is built for.
func machine() uint16 {
	if runtime.GOARCH == "arm64" {
		return emAArch64
	}
	return emX8664
}

// headerWriter appends little-endian fields, the byte order of both
// architectures.
type headerWriter struct{ buf []byte }

func (h *headerWriter) u16(values ...uint16) {
	for _, v := range values {
		h.buf = binary.LittleEndian.AppendUint16(h.buf, v)
	}
}

func (h *headerWriter) u32(values ...uint32) {
	for _, v := range values {
		h.buf = binary.LittleEndian.AppendUint32(h.buf, v)
	}
}

func (h *headerWriter) u64(values ...uint64) {
	for _, v := range values {
		h.buf = binary.LittleEndian.AppendUint64(h.buf, v)
	}
}

// segment appends a program header.
func (h *headerWriter) segment(kind, flags uint32, off, addr, filesz, memsz uint64) {
	h.u32(kind, flags)
	h.u64(off, addr, addr, filesz, memsz, maxPage)
}
