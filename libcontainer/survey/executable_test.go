package survey

import (
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/oci-rt/rt/internal/elfhead"
	"golang.org/x/sys/unix"
)

// Sizes and values of elf(5).
const (
	elfHeader = elfhead.HeaderSize
	progSize  = 56
	class64   = 2
	bigEndian = 2
	interp    = 3 // PT_INTERP
)

// elfFile returns the beginning of an ELF file of 64 bits that names a loader.
func elfFile(machine uint16, loader string, order binary.ByteOrder) []byte {
	head := make([]byte, elfHeader+2*progSize, 1<<10)
	copy(head, elfhead.Magic)
	head[4], head[5] = class64, 1
	if order == binary.BigEndian {
		head[5] = bigEndian
	}
	order.PutUint16(head[18:], machine)
	order.PutUint64(head[32:], elfHeader)
	order.PutUint16(head[54:], progSize)
	order.PutUint16(head[56:], 2)
	second := head[elfHeader+progSize:]
	order.PutUint32(second, interp)
	order.PutUint64(second[8:], uint64(len(head)))
	order.PutUint64(second[32:], uint64(len(loader)+1))
	return append(append(head, loader...), 0)
}

// damaged returns an ELF file in which a word is changed.
func damaged(offset int, value uint64) []byte {
	head := elfFile(62, "/lib/none", binary.LittleEndian)
	binary.LittleEndian.PutUint64(head[offset:], value)
	return head
}

// TestFormat has files whose first bytes say what they are. What is damaged is no
// finding, nor a reason to read elsewhere.
func TestFormat(t *testing.T) {
	dir := tree(t, "lib/ld", "bin/sh", "bin/text-", "link>prog", "etc/")
	root, err := unix.Open(dir, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(root)
	little := binary.LittleEndian
	for _, x := range []struct {
		text []byte
		want string // in the problem; "" if there is none
	}{
		{elfFile(62, "/lib/ld", little), ""},
		{elfFile(62, "/lib/none", little), `needs "/lib/none" (its #! line or dynamic loader), which does not exist`},
		{elfFile(62, "/lib/none", little)[:elfHeader+2*progSize], ""}, // the name is not in the file
		{elfFile(62, "/mnt/none", little), ""},                        // a mount may have it
		{elfFile(62, "/bin/text", little), `needs "/bin/text" has no permission`},
		{elfFile(183, "/lib/ld", little), "is for another machine: arm64, and this one is amd64"},
		{elfFile(22, "/lib/ld", binary.BigEndian), "is for another machine: s390x"},
		{elfFile(4711, "", little), "is for another machine: number 4711"},
		{elfFile(3, "/lib/ld", little), ""}, // of 32 bits
		{[]byte(elfhead.Magic), "is a damaged ELF file"},
		{damaged(32, math.MaxUint64), ""}, {damaged(32, math.MaxUint64-60), ""}, {damaged(elfHeader+progSize+8, math.MaxUint64), ""},
		{damaged(elfHeader+progSize+32, math.MaxUint64), ""}, {damaged(54, math.MaxUint64), ""},
		{[]byte("#!/bin/sh\n"), ""}, {[]byte("#! \t/bin/sh -e\nx"), ""}, {[]byte("#!/bin/sh"), ""}, {[]byte("#!relative\n"), ""},
		{[]byte("#!/bin/none -x\n"), `needs "/bin/none"`}, {[]byte("#!/bin/sh\r\n"), `needs "/bin/sh\r"`}, {[]byte("#!/etc\n"), `"/etc" is a directory`},
		{[]byte("echo\n"), "is neither a program in ELF nor a script"}, {nil, "is neither a program in ELF nor a script"},
	} {
		if err := os.WriteFile(filepath.Join(dir, "prog"), x.text, 0o755); err != nil {
			t.Fatal(err)
		}
		for _, p := range []string{"/prog", "/link"} {
			s := search{root: root, arch: "amd64"}
			s.mount("/mnt")
			got, err := s.look(p)
			if err != nil || (got == "") != (x.want == "") || !strings.Contains(got, x.want) {
				t.Errorf("%.40q: %q, %v, want %q", x.text, got, err, x.want)
			}
			s.otherFormats = true
			foreign := strings.Contains(x.want, "another machine") || strings.Contains(x.want, "neither")
			if got, err := s.look(p); err != nil || foreign && got != "" || !foreign && !strings.Contains(got, x.want) {
				t.Errorf("%.40q, with other formats: %q, %v", x.text, got, err)
			}
		}
	}
}

// TestExecutes: for each architecture of rt, what its kernels execute and what not. ppc64
// differs from ppc64le in nothing but the byte order.
func TestExecutes(t *testing.T) {
	files := map[string][]byte{
		"386": elfFile(3, "", binary.LittleEndian), "amd64": elfFile(62, "", binary.LittleEndian),
		"arm": elfFile(40, "", binary.LittleEndian), "arm64": elfFile(183, "", binary.LittleEndian),
		"loong64": elfFile(258, "", binary.LittleEndian), "riscv64": elfFile(243, "", binary.LittleEndian),
		"ppc64": elfFile(21, "", binary.BigEndian), "ppc64le": elfFile(21, "", binary.LittleEndian),
		"s390x": elfFile(22, "", binary.BigEndian), "mips": elfFile(8, "", binary.BigEndian),
	}
	for arch, runs := range map[string][]string{
		"386": {"386", "amd64"}, "amd64": {"386", "amd64"}, "arm": {"arm", "arm64"}, "arm64": {"arm", "arm64"},
		"loong64": {"loong64"}, "ppc64le": {"ppc64le"}, "riscv64": {"riscv64"}, "s390x": {"s390x"},
	} {
		for name, head := range files {
			want := ""
			if !slices.Contains(runs, name) {
				want = "is for another machine: " + name + ", and this one is " + arch
			}
			if _, got := (&search{arch: arch}).elf(head); got != want {
				t.Errorf("a program for %s on %s: %q, want %q", name, arch, got, want)
			}
		}
	}
}

// TestFormatOfOwn has programs that run here.
func TestFormatOfOwn(t *testing.T) {
	root, err := unix.Open("/", unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(root)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	s := search{root: root, arch: runtime.GOARCH}
	for _, p := range []string{self, "/bin/sh"} {
		if got, err := s.look(p); got != "" || err != nil {
			t.Errorf("%s: %q, %v", p, got, err)
		}
	}
}

// TestHeadOfKernel: a bundle whose root is the host's does not make rt read answers of the
// kernel, which may be gone then.
func TestHeadOfKernel(t *testing.T) {
	root, err := unix.Open("/", unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(root)
	s := search{root: root, arch: "amd64"}
	for _, p := range []string{"/proc/version", "/proc/kmsg", "/sys/kernel/mm/transparent_hugepage/enabled"} {
		if got, _ := s.head(p); len(got) > 0 {
			t.Errorf("%s: read %q", p, got)
		}
	}
}
