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

// executes reports whether a kernel that runs a program for goarch may execute programs
// for a machine: those of 32 bits too, if it is built for that, and those of 64 bits where
// rt itself has 32 only.
func executes(goarch string, m elfhead.Machine) bool {
	family := []string{goarch}
	switch goarch {
	case "386", "amd64":
		family = []string{"amd64", "386"}
	case "arm", "arm64":
		family = []string{"arm64", "arm"}
	}
	for _, name := range family {
		if own, ok := elfhead.OfGOARCH(name); !ok || m == own {
			return true
		}
	}
	return false
}

// machineName names a machine, or has its number.
func machineName(m elfhead.Machine) string {
	if name := m.Name(); name != "" {
		return name
	}
	return "number " + strconv.Itoa(int(m.Number)) + " of ELF"
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
	machine, loader, _ := elfhead.Read(head)
	switch {
	case executes(s.arch, machine):
		return loader, ""
	case s.otherFormats: // perhaps through an emulator
		return "", ""
	}
	return "", "is for another machine: " + machineName(machine) + ", and this one is " + s.arch
}

// otherFormats reports whether programs may have other formats, or be for other machines
// (binfmt_misc).
func otherFormats() bool {
	entries, err := os.ReadDir("/proc/sys/fs/binfmt_misc")
	return err == nil && len(entries) > 2 // register and status
}
