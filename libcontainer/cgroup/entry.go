package cgroup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"github.com/oci-rt/rt/internal/linux"
	"golang.org/x/sys/unix"
)

// entry is one value for one file of a cgroup.
type entry struct {
	setting string // JSON path
	file    string
	value   string
	// optional says that the file may be missing.
	optional bool
	// missing says what it means if the file is missing: "this kernel has no …".
	missing string
}

func (w *entry) write(dir string) error {
	if strings.Contains(w.file, "/") {
		return fmt.Errorf("%s: %q is not a file of a cgroup", w.setting, w.file)
	}
	return w.explain(linux.WriteValues(dir+"/"+w.file, w.value))
}

// check checks that there is a file to write to.
func (w *entry) check(dir string) error {
	if strings.Contains(w.file, "/") {
		return fmt.Errorf("%s: %q is not a file of a cgroup", w.setting, w.file)
	}
	path := dir + "/" + w.file
	if err := unix.Access(path, unix.W_OK); err != nil {
		return w.explain(&os.PathError{Op: "open", Path: path, Err: err})
	}
	return nil
}

// explain makes an error with the file one with the setting.
func (w *entry) explain(err error) error {
	switch {
	case err == nil:
		return nil
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s: %w%s", w.setting, err, w.hint(err))
	case w.optional:
		return nil
	case w.missing != "":
		return fmt.Errorf("%s: %s: %w", w.setting, w.missing, err)
	}
	return fmt.Errorf("%s: %w", w.setting, err)
}

// writeAll writes values in order.
func writeAll(dir string, list []entry) error {
	for i := range list {
		if err := list[i].write(dir); err != nil {
			return err
		}
	}
	return nil
}

// writeTogether writes values that the kernel checks against each other, such
// as a quota and its period. In which order it takes them depends on what was
// there before, also in the parents: what it refuses with EINVAL is tried
// again as long as it takes others.
func writeTogether(dir string, list []entry) error {
	for {
		var refused []entry
		var first error
		for _, w := range list {
			err := w.write(dir)
			switch {
			case err == nil:
				continue
			case !isErrno(err, unix.EINVAL):
				return err
			case first == nil:
				first = err
			}
			refused = append(refused, w)
		}
		if len(refused) == 0 || len(refused) == len(list) {
			return first
		}
		list = refused
	}
}

// direct returns a limit whose values are the same on v1 and v2, or none if
// there is nothing to write.
func direct(path, v1, v2 string, list []entry) []limit {
	if len(list) == 0 {
		return nil
	}
	return []limit{{path: path, v1: v1, v2: v2, entries: same(list)}}
}

// same returns entries that are the same for all directories.
func same(list []entry) func(int, string) ([]entry, error) {
	return func(int, string) ([]entry, error) { return list, nil }
}

// byLine returns an entry for each line of a value: many files take one line
// a time.
func byLine(w entry) []entry {
	lines := strings.SplitAfter(w.value, "\n")
	if len(lines) > 1 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	list := make([]entry, len(lines))
	for i, line := range lines {
		list[i] = w
		list[i].value = line
	}
	return list
}

func utoa[T ~uint16 | ~uint32 | ~uint64](n T) string { return strconv.FormatUint(uint64(n), 10) }

func decimal(n int64) string { return strconv.FormatInt(n, 10) }

// decimalOrMax writes a limit as v2 does. v1 takes -1 for none.
func decimalOrMax(n int64) string {
	if n == -1 {
		return "max"
	}
	return decimal(n)
}
