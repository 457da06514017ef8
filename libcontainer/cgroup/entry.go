package cgroup

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// The limits that are written here instead of by the library: where that
// leaves out something, or does not say which setting is at fault.

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

// writeAll writes values in order.
func writeAll(dir string, list []entry) error {
	for _, w := range list {
		if strings.Contains(w.file, "/") {
			return fmt.Errorf("%s: %q is no file of a cgroup", w.setting, w.file)
		}
		err := writeFile(dir+"/"+w.file, w.value)
		switch {
		case err == nil:
		case !errors.Is(err, fs.ErrNotExist):
			return fmt.Errorf("%s: %w", w.setting, err)
		case w.optional:
		case w.missing != "":
			return fmt.Errorf("%s: %s: %w", w.setting, w.missing, err)
		default:
			return fmt.Errorf("%s: %w", w.setting, err)
		}
	}
	return nil
}

// direct returns a limit that is written here, or none if there is nothing to
// write.
func direct(path, v1, v2 string, list []entry) []limit {
	if len(list) == 0 {
		return nil
	}
	return []limit{{path, v1, v2, func(_ int, dir string) error { return writeAll(dir, list) }}}
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
