//go:build ignore

// This program writes syscalls.go from the numbers that golang.org/x/sys/unix
// took from the kernel's headers, and from those in kernel_numbers.txt. Its
// arguments are the directory of that package and the file; see the go:generate
// line in number.go.
package main

import (
	"bytes"
	"fmt"
	"go/format"
	"log"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// column is a table of numbers: the name of its constant, and the suffixes of
// the files that it is in, which must agree, or its name in kernel_numbers.txt
// and what is added to numbers there.
type column struct {
	name  string
	goos  []string
	other string
	base  int
	edit  func(map[string]int)
	lines map[string]int
}

var columns = []column{
	{name: "numbersX86_64", goos: []string{"amd64"}},
	{name: "numbersX86", goos: []string{"386"}},
	{name: "numbersX32", goos: []string{"amd64"}, edit: toX32},
	{name: "numbersAArch64", goos: []string{"arm64"}},
	{name: "numbersARM", goos: []string{"arm"}},
	{name: "numbersMIPS", goos: []string{"mips", "mipsle"}},
	{name: "numbersMIPS64", goos: []string{"mips64", "mips64le"}},
	{name: "numbersPPC", goos: []string{"ppc"}},
	{name: "numbersPPC64", goos: []string{"ppc64", "ppc64le"}},
	{name: "numbersRISCV64", goos: []string{"riscv64"}},
	{name: "numbersS390X", goos: []string{"s390x"}},
	{name: "numbersLoongArch64", goos: []string{"loong64"}},
	{name: "numbersMIPSN32", other: "mipsn32", base: 6000},
	{name: "numbersS390", other: "s390"},
	{name: "numbersPARISC", other: "parisc"},
	{name: "numbersPARISC64", other: "parisc64"},
	{name: "numbersM68K", other: "m68k"},
	{name: "numbersSH", other: "sh"},
}

func main() {
	log.SetFlags(0)
	if len(os.Args) != 3 {
		log.Fatal("usage: go run gen_syscalls.go DIRECTORY-OF-x/sys/unix kernel_numbers.txt")
	}
	for i := range columns {
		if err := columns[i].read(os.Args[1], os.Args[2]); err != nil {
			log.Fatal(err)
		}
	}
	text, err := format.Source(source())
	if err == nil {
		err = os.WriteFile("syscalls.go", text, 0o666)
	}
	if err != nil {
		log.Fatal(err)
	}
}

// unified is the first number that is the same on all architectures (Linux 5.1).
const unified = 424

// readOther reads a column of kernel_numbers.txt, and takes what is newer than
// that from an architecture whose table has all of the unified calls.
func (c *column) readOther(dir, path string) error {
	newest, err := parse(filepath.Join(dir, "zsysnum_linux_s390x.go"))
	if err != nil {
		return err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	c.lines = map[string]int{}
	for name, n := range newest {
		if n >= unified {
			c.lines[name] = c.base + n
		}
	}
	field := 0
	for line := range strings.Lines(string(data)) {
		fields := strings.Fields(line)
		switch {
		case fields[0] == "#":
		case field == 0: // the headings
			if field = slices.Index(fields, c.other); field < 1 {
				return fmt.Errorf("%s: no column %s", path, c.other)
			}
		case fields[field] != "-" && !marker.MatchString(fields[0]):
			if c.lines[fields[0]], err = strconv.Atoi(fields[field]); err != nil {
				return err
			}
		}
	}
	return nil
}

// read reads the files of a column.
func (c *column) read(dir, other string) error {
	if c.other != "" {
		return c.readOther(dir, other)
	}
	for _, goarch := range c.goos {
		lines, err := parse(filepath.Join(dir, "zsysnum_linux_"+goarch+".go"))
		if err != nil {
			return err
		}
		if c.lines != nil && !maps.Equal(c.lines, lines) {
			return fmt.Errorf("%s: numbers are not those of %s", goarch, c.goos[0])
		}
		c.lines = lines
	}
	if c.edit != nil {
		c.edit(c.lines)
	}
	return nil
}

var (
	constant = regexp.MustCompile(`(?m)^\tSYS_(\w+)\s+= (\d+)$`)
	// These are no system calls.
	marker = regexp.MustCompile(`^(unused\d+|reserved\d+|syscall_mask|arch_specific_syscall)$`)
)

func parse(path string) (map[string]int, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	lines := map[string]int{}
	for _, m := range constant.FindAllSubmatch(data, -1) {
		name := strings.ToLower(string(m[1]))
		if marker.MatchString(name) {
			continue
		}
		if lines[name], err = strconv.Atoi(string(m[2])); err != nil {
			return nil, err
		}
	}
	return lines, nil
}

// x32Only are the calls whose numbers in the x32 ABI differ from those in the
// 64-bit ABI: from 512 on in this order
// (arch/x86/entry/syscalls/syscall_64.tbl). The table got its last line in
// Linux 4.6, and its header says that it gets no more.
var x32Only = strings.Fields(`
	rt_sigaction rt_sigreturn ioctl readv writev recvfrom sendmsg recvmsg execve ptrace
	rt_sigpending rt_sigtimedwait rt_sigqueueinfo sigaltstack timer_create mq_notify kexec_load
	waitid set_robust_list get_robust_list vmsplice move_pages preadv pwritev rt_tgsigqueueinfo
	recvmmsg sendmmsg process_vm_readv process_vm_writev setsockopt getsockopt io_setup io_submit
	execveat preadv2 pwritev2`)

// notX32 are the calls of the 64-bit ABI that x32 does not have.
var notX32 = strings.Fields(`
	uselib _sysctl create_module get_kernel_syms query_module nfsservctl set_thread_area
	get_thread_area epoll_ctl_old epoll_wait_old vserver uretprobe uprobe map_shadow_stack`)

// toX32 makes the numbers of the x32 ABI, without their bit 30, from those of
// the 64-bit ABI.
func toX32(lines map[string]int) {
	for i, name := range x32Only {
		lines[name] = 512 + i
	}
	for _, name := range notX32 {
		delete(lines, name)
	}
}

// source returns the text of the generated file, unformatted.
func source() []byte {
	all := map[string]bool{}
	for _, c := range columns {
		for name := range c.lines {
			all[name] = true
		}
	}
	names := slices.Sorted(maps.Keys(all))
	var b bytes.Buffer
	b.WriteString("// Code generated by gen_syscalls.go from golang.org/x/sys/unix and kernel_numbers.txt. DO NOT EDIT.\n\npackage seccomp\n\n")
	b.WriteString("// The tables of numbers.\nconst (\n")
	for i, c := range columns {
		if i == 0 {
			fmt.Fprintf(&b, "%s = iota\n", c.name)
		} else {
			fmt.Fprintf(&b, "%s\n", c.name)
		}
	}
	b.WriteString(")\n\n// syscallNames are the names of all system calls of all tables, in order.\nvar syscallNames = [...]string{\n")
	for _, name := range names {
		fmt.Fprintf(&b, "%q,\n", name)
	}
	b.WriteString("}\n\n// syscallNumbers are the numbers of syscallNames in each table, or absent.\n")
	b.WriteString("var syscallNumbers = [...][len(syscallNames)]uint16{\n")
	for _, c := range columns {
		fmt.Fprintf(&b, "%s: {%s},\n", c.name, row(names, c.lines))
	}
	b.WriteString("}\n")
	return b.Bytes()
}

func row(names []string, lines map[string]int) string {
	var b strings.Builder
	for i, name := range names {
		n, ok := lines[name]
		if !ok {
			n = 0xffff
		}
		if i%16 == 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "%d, ", n)
	}
	b.WriteString("\n")
	return b.String()
}
