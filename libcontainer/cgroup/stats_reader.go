package cgroup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// statReader reads the numbers in the files of one cgroup. Files that do not
// exist have zeros. The first error stays.
type statReader struct {
	dir string
	err error
}

// text returns the content of a file, and whether it exists.
func (r *statReader) text(file string) (string, bool) {
	if r.dir == "" || r.err != nil {
		return "", false
	}
	content, err := readFile(r.dir + "/" + file)
	if err != nil {
		// EOPNOTSUPP comes from files that the kernel's command line switches off:
		// psi=0.
		if !errors.Is(err, fs.ErrNotExist) && !isErrno(err, unix.EOPNOTSUPP) {
			r.err = err
		}
		return "", false
	}
	return content, true
}

// number returns the number that a file holds.
func (r *statReader) number(file string) uint64 {
	content, ok := r.text(file)
	if !ok {
		return 0
	}
	return r.parse(file, strings.TrimSpace(content))
}

// numbers returns the numbers in a file, nil if there is none.
func (r *statReader) numbers(file string) (list []uint64) {
	content, _ := r.text(file)
	for field := range strings.FieldsSeq(content) {
		list = append(list, r.parse(file, field))
	}
	return list
}

// keys returns the numbers of a file of lines "key number", not nil.
func (r *statReader) keys(file string) map[string]uint64 {
	content, _ := r.text(file)
	values := make(map[string]uint64, strings.Count(content, "\n"))
	for line := range strings.Lines(content) {
		if key, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), " "); ok {
			values[key] = r.parse(file, value)
		}
	}
	return values
}

// parse reads a number or "max". Some files of v1 have -1 for a default.
func (r *statReader) parse(file, text string) uint64 {
	if text == "max" {
		return unlimited
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil && r.err == nil {
		r.err = &os.PathError{Op: "read", Path: r.dir + "/" + file, Err: fmt.Errorf("%q is not a number", text)}
	}
	return n
}

// list reads a list of CPUs or memory nodes, such as 0-3,7.
func (r *statReader) list(file string) (list []uint16) {
	content, _ := r.text(file)
	for part := range strings.FieldsFuncSeq(content, func(c rune) bool { return c == ',' || c == '\n' }) {
		first, last, ranged := strings.Cut(part, "-")
		if !ranged {
			last = first
		}
		for n := r.parse(file, first); n <= min(r.parse(file, last), 1<<16-1) && r.err == nil; n++ {
			list = append(list, uint16(n))
		}
	}
	return list
}

// rdmaStats is the same on v1 and v2: "mlx4_0 hca_handle=2 hca_object=2000".
func rdmaStats(r *statReader) RDMAStats {
	return RDMAStats{Current: r.rdmaDevices("rdma.current"), Limit: r.rdmaDevices("rdma.max")}
}

func (r *statReader) rdmaDevices(file string) (list []RDMADevice) {
	content, _ := r.text(file)
	for line := range strings.Lines(content) {
		name, fields, _ := strings.Cut(line, " ")
		device := RDMADevice{Name: name}
		for field := range strings.FieldsSeq(fields) {
			switch key, value, _ := strings.Cut(field, "="); key {
			case "hca_handle":
				device.Handles = r.parse(file, value)
			case "hca_object":
				device.Objects = r.parse(file, value)
			}
		}
		list = append(list, device)
	}
	return list
}

// pageSizes returns the sizes of huge pages of this machine as the files of the
// hugetlb controller call them.
func pageSizes() (names []string) {
	entries, _ := os.ReadDir("/sys/kernel/mm/hugepages")
	for _, e := range entries {
		kib, err := strconv.ParseUint(strings.TrimSuffix(strings.TrimPrefix(e.Name(), "hugepages-"), "kB"), 10, 32)
		if err == nil {
			names = append(names, pageSizeName(kib))
		}
	}
	return names
}

func pageSizeName(kib uint64) string {
	switch {
	case kib >= 1<<20:
		return utoa(kib>>20) + "GB"
	case kib >= 1<<10:
		return utoa(kib>>10) + "MB"
	}
	return utoa(kib) + "KB"
}
