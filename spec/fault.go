package spec

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Fault is one thing that is wrong with a configuration.
type Fault struct {
	Path    string // JSON path of the setting: mounts[3].options[1]
	Problem string // what is wrong with it: "is a number"
	Want    string // what would be right: "a string"; "" if the problem says it
	// At is where the text is not JSON, which the problem says too. It is nil for
	// all other faults: see [Places].
	At *Position
}

// String returns the fault as one line: "path: problem (want ...)".
func (f Fault) String() string {
	text := f.Path + ": " + Printable(f.Problem)
	if f.Want != "" {
		text += " (want " + f.Want + ")"
	}
	return text
}

// Printable returns s on one line and harmless to a terminal: if it contains
// anything that does not print, it is escaped as in Go.
func Printable(s string) string {
	if utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return !strconv.IsPrint(r) }) {
		return s
	}
	quoted := strconv.Quote(s)
	return quoted[1 : len(quoted)-1]
}

// Faults is everything that is wrong with a configuration, as an error.
type Faults []Fault

// Error returns one fault a line.
func (fs Faults) Error() string {
	lines := make([]string, len(fs))
	for i, f := range fs {
		lines[i] = f.String()
	}
	return strings.Join(lines, "\n")
}

// Err returns the faults as an error, or nil if there are none.
func (fs Faults) Err() error {
	if len(fs) == 0 {
		return nil
	}
	return fs
}

// maxFaults is how many faults are kept. More, which nobody reads, can only come from
// a configuration that was made to take memory.
const maxFaults = 10_000

func (fs *Faults) add(path, want, problem string) {
	if len(*fs) < maxFaults {
		*fs = append(*fs, Fault{Path: path, Problem: problem, Want: want})
	}
}

func (fs *Faults) addf(path, want, problem string, args ...any) {
	if len(*fs) < maxFaults {
		fs.add(path, want, fmt.Sprintf(problem, args...))
	}
}

// index returns the JSON path of element i of a list, or of a field of it.
func index(list string, i int, field string) string {
	if field == "" {
		return fmt.Sprintf("%s[%d]", list, i)
	}
	return fmt.Sprintf("%s[%d].%s", list, i, field)
}

// member returns the JSON path of the value at key in an object whose keys are
// free: annotations["a.b"].
func member(object, key string) string {
	return fmt.Sprintf("%s[%q]", object, key)
}
