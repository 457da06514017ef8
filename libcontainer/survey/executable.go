package survey

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/oci-rt/rt/internal/linux"
	"golang.org/x/sys/unix"
)

// What execve(2) reads of an ELF file (elf(5)). debug/elf would add its tables to the
// start of every command.
const (
	elfMagic  = "\x7fELF"
	elfHeader = 64 // size of the header of a file of 64 bits
	progSize  = 56 // size of a program header
	class64   = 2
	bigEndian = 2
	interp    = 3 // PT_INTERP
)

// machines have the numbers of the machines (e_machine) for which a kernel for one of
// GOARCH can execute programs: those of 32 bits too, if it is built for that.
var machines = [...]struct {
	arch    string
	numbers [2]uint16
}{
	{"amd64", [2]uint16{62, 3}},
	{"arm64", [2]uint16{183, 40}},
}

// machineNames are those of images that people mix up.
var machineNames = [...]struct {
	number uint16
	name   string
}{
	{3, "386"}, {8, "mips"}, {20, "ppc"}, {21, "ppc64"}, {22, "s390x"}, {40, "arm"}, {62, "amd64"}, {183, "arm64"}, {243, "riscv64"}, {258, "loong64"},
}

func machineName(number uint16) string {
	for _, m := range machineNames {
		if m.number == number {
			return m.name
		}
	}
	return "number " + strconv.Itoa(int(number)) + " of ELF"
}

// format returns why execve(2) would refuse a regular file of the rootfs, or "". It reads
// its first bytes.
func (s *search) format(p string) string {
	head, err := s.head(p)
	if err != nil {
		return ""
	}
	interpreter := ""
	switch {
	case bytes.HasPrefix(head, []byte(elfMagic)):
		var problem string
		if interpreter, problem = s.elf(head); problem != "" {
			return strconv.Quote(p) + " " + problem
		}
	case bytes.HasPrefix(head, []byte("#!")):
		line, _, _ := bytes.Cut(head[2:], []byte("\n"))
		// A carriage return belongs to the name, which is why such scripts do not run.
		if words := strings.FieldsFunc(string(line), func(r rune) bool { return r == ' ' || r == '\t' }); len(words) > 0 {
			interpreter = words[0]
		}
	case s.otherFormats:
		return ""
	default:
		return strconv.Quote(p) + " is neither a program in ELF nor a script that begins with #!"
	}
	if interpreter == "" || !strings.HasPrefix(interpreter, "/") {
		return ""
	}
	if problem, err := s.file(interpreter); err == unix.ENOENT {
		return fmt.Sprintf("%q needs %q (its #! line or dynamic loader), which does not exist in the root file system", p, interpreter)
	} else if err == nil && problem != "" {
		return fmt.Sprintf("%q needs %s", p, problem)
	}
	return ""
}

// maxHead is how much of a program is read: its program headers are at the beginning,
// and so is the name of its loader.
const maxHead = 64 << 10

// head returns the first bytes of a file.
func (s *search) head(p string) ([]byte, error) {
	at, err := linux.OpenInRoot(s.root, p)
	if err != nil {
		return nil, err
	}
	defer unix.Close(at)
	var st unix.Stat_t
	if err := unix.Fstat(at, &st); err != nil || st.Mode&unix.S_IFMT != unix.S_IFREG {
		return nil, errUnknown // replaced meanwhile
	}
	fd, err := linux.Open("/proc/self/fd/"+strconv.Itoa(at), unix.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	return linux.ReadAll(fd, maxHead)
}

// elf returns the dynamic loader that an ELF file names, or why it cannot be executed
// here. What is damaged is left to the kernel.
func (s *search) elf(head []byte) (loader, problem string) {
	if len(head) < elfHeader {
		return "", "is a damaged ELF file"
	}
	var order binary.ByteOrder = binary.LittleEndian
	if head[5] == bigEndian {
		order = binary.BigEndian
	}
	number := order.Uint16(head[18:])
	for _, m := range machines {
		if m.arch != s.arch || number == m.numbers[0] || number == m.numbers[1] {
			continue
		}
		if s.otherFormats { // perhaps through an emulator
			return "", ""
		}
		return "", "is for another machine: " + machineName(number) + ", and this one is " + s.arch
	}
	if head[4] != class64 {
		return "", ""
	}
	return loaderOf(head, order), ""
}

// loaderOf returns the dynamic loader that the program headers name, or "".
func loaderOf(head []byte, order binary.ByteOrder) string {
	offset, size, n := order.Uint64(head[32:]), uint64(order.Uint16(head[54:])), uint64(order.Uint16(head[56:]))
	for i := range n {
		at := offset + i*size
		if size < progSize || at > uint64(len(head)) || uint64(len(head))-at < size {
			break
		}
		header := head[at:]
		if order.Uint32(header) != interp {
			continue
		}
		from, count := order.Uint64(header[8:]), order.Uint64(header[32:])
		if from < uint64(len(head)) && count <= uint64(len(head))-from {
			return string(bytes.TrimRight(head[from:from+count], "\x00"))
		}
	}
	return ""
}

// otherFormats reports whether programs may have other formats, or be for other machines
// (binfmt_misc).
func otherFormats() bool {
	entries, err := os.ReadDir("/proc/sys/fs/binfmt_misc")
	return err == nil && len(entries) > 2 // register and status
}
