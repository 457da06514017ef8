package cli

import (
	"errors"
	"strings"

	"github.com/oci-rt/rt/libcontainer"
	"golang.org/x/sys/unix"
)

// fields are what an error consists of, in the JSON log beside its text. Those that are
// not known are left out.
type fields struct {
	// Step is the number of the step that failed, as plan prints it.
	Step int `json:"step,omitempty"`
	// Path is the JSON path of the setting at fault.
	Path string `json:"path,omitempty"`
	// Errno is the name of the kernel's error.
	Errno string `json:"errno,omitempty"`
	// Hint is what may help.
	Hint string `json:"hint,omitempty"`
}

// fieldsOf returns the fields of an error with this text. Path and hint are those of its
// first line: by rt's convention, an error names the setting first, and says last, in
// parentheses, what may help.
func fieldsOf(err error, text string) fields {
	line, _, _ := strings.Cut(text, "\n")
	f := fields{Path: pathIn(line), Hint: hintIn(line)}
	var step *libcontainer.StepError
	if errors.As(err, &step) {
		f.Step = step.Step
	}
	if errno := unix.Errno(0); errors.As(err, &errno) {
		f.Errno = unix.ErrnoName(errno)
	}
	return f
}

// properties are those of config.json that an error can begin with.
var properties = [...]string{"annotations", "domainname", "hooks", "hostname", "linux", "mounts", "ociVersion", "process", "root"}

// pathIn returns the first JSON path of config.json in a line, or "".
func pathIn(line string) string {
	for rest := line; rest != ""; {
		word, behind := cutWord(rest)
		for _, p := range properties {
			if next, ok := strings.CutPrefix(word, p); ok && (next == "" && strings.HasPrefix(line, word+": ") || next != "" && strings.ContainsRune(".[", rune(next[0]))) {
				return word
			}
		}
		rest = behind
	}
	return ""
}

// cutWord returns the first word of a text, without the colon or comma behind it, and
// what follows. Quoted text in brackets is part of a word.
func cutWord(text string) (word, rest string) {
	quoted := false
	end := strings.IndexFunc(text, func(r rune) bool {
		if r == '"' {
			quoted = !quoted
		}
		return r == ' ' && !quoted
	})
	if end < 0 {
		end = len(text)
	}
	word = text[:end]
	rest = strings.TrimLeft(text[end:], " ")
	return strings.TrimRight(strings.TrimLeft(word, "("), ":,)"), rest
}

// hintIn returns what stands in parentheses at the end of a line, or "".
func hintIn(line string) string {
	if !strings.HasSuffix(line, ")") {
		return ""
	}
	depth := 0
	for i := len(line) - 1; i >= 0; i-- {
		switch line[i] {
		case ')':
			depth++
		case '(':
			depth--
		}
		if depth == 0 {
			if i == 0 || line[i-1] != ' ' { // a call, as in execve(2)
				return ""
			}
			return line[i+1 : len(line)-1]
		}
	}
	return ""
}
