package checkpoint

import (
	"cmp"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

const (
	// maxLog is how much of the end of a log is read, and maxLines how many of the
	// errors in there are told.
	maxLog   = 64 << 10
	maxLines = 5
)

func (r *request) logPath() string { return filepath.Join(r.logDir().Name(), r.logName()) }

// excerpt returns what CRIU has logged as errors, each on a line, and where the
// log is. What it says before it has a log is its output, where what is wrong with
// an option of a configuration file is not called an error. If nothing is, it returns
// what was logged last.
func (r *request) excerpt(output *os.File) string {
	text := ""
	if log, err := os.Open(r.logPath()); err == nil {
		defer log.Close()
		text = tail(log)
	}
	lines := errorLines(text)
	if len(lines) == 0 {
		said := tail(output)
		if lines = errorLines(said); len(lines) == 0 {
			lines = lastLines(cmp.Or(said, text))
		}
	}
	var b strings.Builder
	for _, line := range lines {
		b.WriteString("\n  " + line)
	}
	if text != "" {
		b.WriteString("\n  (" + r.logPath() + ")")
	}
	return b.String()
}

// tail returns the end of a file.
func tail(f *os.File) string {
	info, err := f.Stat()
	if err != nil {
		return ""
	}
	data, _ := io.ReadAll(io.NewSectionReader(f, max(0, info.Size()-maxLog), maxLog))
	return string(data)
}

// errorLines returns the last errors in a log of CRIU's, whose lines look like
//
//	(00.012345) Error (criu/mount.c:1234): mnt: what is wrong
//	(00.012345)     42: Error (criu/files.c:56): the same in process 42
//
// without what stands before the message. RLIMIT_NOFILE is no error but a note
// of one who lacks CAP_SYS_RESOURCE.
func errorLines(log string) []string {
	var lines []string
	for line := range strings.Lines(log) {
		_, message, ok := strings.Cut(line, "Error (")
		if !ok || strings.Contains(line, "rlimit: Can't setup RLIMIT_NOFILE") {
			continue
		}
		if _, after, ok := strings.Cut(message, "): "); ok {
			message = after
		}
		lines = append(lines, printable(strings.TrimSpace(message)))
	}
	return lines[max(0, len(lines)-maxLines):]
}

// lastLines returns the last lines of a text.
func lastLines(text string) []string {
	var lines []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, printable(line))
		}
	}
	return lines[max(0, len(lines)-maxLines):]
}

// printable replaces what a terminal may take for a command: the log has names of the
// container's files. C1 control characters are among them (ECMA-48; U+009B is like ESC [).
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if !strconv.IsPrint(r) {
			return '?'
		}
		return r
	}, s)
}
