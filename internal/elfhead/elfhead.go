// Package elfhead reads what execve(2) reads of an ELF file: its beginning. debug/elf
// wants the whole file, and would add its tables to the start of every command.
package elfhead

import (
	"bytes"
	"encoding/binary"
)

// Magic is what an ELF file begins with.
const Magic = "\x7fELF"

// Sizes and values of elf(5).
const (
	HeaderSize  = 64 // of a file of 64 bits
	programSize = 56 // of a program header of one
	identSize   = 20 // up to e_machine, which is at the same place in files of 32 bits
	class64     = 2
	bigEndian   = 2
	interp      = 3 // PT_INTERP
)

// Machine is a machine as ELF numbers it (e_machine), with the byte order of its files:
// those of ppc64 and ppc64le have one number.
type Machine struct {
	Number    uint16
	BigEndian bool
}

// names are what GOARCH calls the machines that people have images for.
var names = [...]struct {
	machine Machine
	name    string
}{
	{Machine{3, false}, "386"},
	{Machine{8, true}, "mips"},
	{Machine{8, false}, "mipsle"},
	{Machine{20, true}, "ppc"},
	{Machine{21, true}, "ppc64"},
	{Machine{21, false}, "ppc64le"},
	{Machine{22, true}, "s390x"},
	{Machine{40, false}, "arm"},
	{Machine{62, false}, "amd64"},
	{Machine{183, false}, "arm64"},
	{Machine{243, false}, "riscv64"},
	{Machine{258, false}, "loong64"},
}

// Name returns what GOARCH calls the machine, or "" for one that people do not mix up.
func (m Machine) Name() string {
	for _, known := range names {
		if known.machine == m {
			return known.name
		}
	}
	return ""
}

// OfGOARCH returns the machine that GOARCH calls by this name.
func OfGOARCH(name string) (m Machine, ok bool) {
	for _, known := range names {
		if known.name == name {
			return known.machine, true
		}
	}
	return Machine{}, false
}

// Read returns the machine of an ELF file and the path of its dynamic loader, from the
// beginning of the file. The path is "" if there is none in there, and for files of 32
// bits. ok says that it is an ELF file. The file is hostile.
func Read(head []byte) (m Machine, loader string, ok bool) {
	if len(head) < identSize || !bytes.HasPrefix(head, []byte(Magic)) {
		return Machine{}, "", false
	}
	var order binary.ByteOrder = binary.LittleEndian
	if head[5] == bigEndian {
		order = binary.BigEndian
	}
	m = Machine{order.Uint16(head[18:]), head[5] == bigEndian}
	if head[4] != class64 || len(head) < HeaderSize {
		return m, "", true
	}
	return m, loaderOf(head, order), true
}

// loaderOf returns the path in the first PT_INTERP of a file of 64 bits.
func loaderOf(head []byte, order binary.ByteOrder) string {
	headers, size, count := order.Uint64(head[32:]), uint64(order.Uint16(head[54:])), uint64(order.Uint16(head[56:]))
	for i := range count {
		at := headers + i*size
		if size < programSize || at > uint64(len(head)) || uint64(len(head))-at < size {
			break
		}
		h := head[at:]
		if order.Uint32(h) != interp {
			continue
		}
		from, length := order.Uint64(h[8:]), order.Uint64(h[32:])
		if from < uint64(len(head)) && length <= uint64(len(head))-from {
			name, _, _ := bytes.Cut(head[from:from+length], []byte{0})
			return string(name)
		}
	}
	return ""
}
