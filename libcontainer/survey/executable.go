package survey

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/oci-rt/rt/internal/elfhead"
	"github.com/oci-rt/rt/internal/linux"
	"golang.org/x/sys/unix"
)

// machines have the numbers of the machines (e_machine) for which a kernel for one of
// GOARCH can execute programs: those of 32 bits too, if it is built for that.
var machines = [...]struct {
	arch    string
	numbers [2]elfhead.Machine
}{
	{"amd64", [2]elfhead.Machine{62, 3}},
	{"arm64", [2]elfhead.Machine{183, 40}},
}

// machineName names a machine, or has its number.
func machineName(m elfhead.Machine) string {
	if name := m.Name(); name != "" {
		return name
	}
	return "number " + strconv.Itoa(int(m)) + " of ELF"
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
	case bytes.HasPrefix(head, []byte(elfhead.Magic)):
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
	data, err := linux.ReadStored(s.root, p, maxHead)
	if err == nil {
		return data, nil
	}
	if _, st, failed := s.resolve(p); failed == nil && st.Mode&unix.S_IFMT == unix.S_IFREG && st.Size == 0 {
		return nil, nil
	}
	return nil, err
}

// elf returns the dynamic loader that an ELF file names, or why it cannot be executed
// here. What is damaged is left to the kernel.
func (s *search) elf(head []byte) (loader, problem string) {
	if len(head) < elfhead.HeaderSize {
		return "", "is a damaged ELF file"
	}
	number, loader, _ := elfhead.Read(head)
	for _, m := range machines {
		if m.arch != s.arch || number == m.numbers[0] || number == m.numbers[1] {
			continue
		}
		if s.otherFormats { // perhaps through an emulator
			return "", ""
		}
		return "", "is for another machine: " + machineName(number) + ", and this one is " + s.arch
	}
	return loader, ""
}

// otherFormats reports whether programs may have other formats, or be for other machines
// (binfmt_misc).
func otherFormats() bool {
	entries, err := os.ReadDir("/proc/sys/fs/binfmt_misc")
	return err == nil && len(entries) > 2 // register and status
}
