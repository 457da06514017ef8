// Package example runs the examples of documents: each block of ```console is typed into
// a shell, and what it prints is what the document says. HACKING.md says how to write
// one.
package example

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// document is a file with examples.
type document struct {
	path     string
	lines    []string
	sessions []*session
	now      *session // that a line belongs to
	file     string   // where the next block goes, or ""
}

// session is what is typed into one shell.
type session struct {
	title string // or ""
	line  int    // where it begins
	user  bool   // runs as an ordinary user
	needs []string
	vary  []*regexp.Regexp // what differs from run to run
	steps []*step
}

// step is a command with what it prints.
type step struct {
	line    int // of the command, from 1
	prompt  string
	command string
	from    int // index of the first line that it prints
	want    []string
	got     []string // what it printed
	ran     bool
}

// unseen is the prompt of what a reader does not see, in a comment.
const unseen = ""

func (s *session) name() string { return "line" + strconv.Itoa(s.line) }

// asRoot reports whether a command is for root: its prompt says so.
func (s *session) asRoot() bool {
	for _, st := range s.steps {
		if st.prompt == "# " {
			return true
		}
	}
	return false
}

func read(t *testing.T, path string) *document {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	d, err := parse(strings.Split(string(data), "\n"))
	if err != nil {
		t.Fatalf("%s:%v", path, err)
	}
	d.path = path
	return d
}

const (
	marker = "<!-- example:"
	fence  = "```console"
)

// parse finds the sessions of a document. Its errors begin with a line number.
func parse(lines []string) (*document, error) {
	d := &document{lines: lines}
	for i := 0; i < len(lines); {
		var next int
		var err error
		switch {
		case strings.HasPrefix(lines[i], marker):
			next, err = d.parseMarker(i)
		case lines[i] == fence && d.file == "":
			next, err = d.parseBlock(i + 1)
		case strings.HasPrefix(lines[i], "```"):
			next = behindBlock(lines, i)
			d.writeFile(i, next)
		default:
			next = i + 1
		}
		if err != nil {
			return nil, err
		}
		i = next
	}
	if d.file != "" {
		return nil, fmt.Errorf("%d: there is no block for the file %s", len(lines), d.file)
	}
	return d, nil
}

// writeFile has the session write the block between two lines to the file that was named
// before it, if one was.
func (d *document) writeFile(first, behind int) {
	if d.file == "" {
		return
	}
	text := strings.Join(d.lines[first+1:min(behind-1, len(d.lines))], "\n")
	s := d.current(first)
	s.steps = append(s.steps, &step{
		line: first + 1, prompt: unseen,
		command: fmt.Sprintf("mkdir -p \"$(dirname %[1]s)\" && cat >%[1]s <<'END OF FILE'\n%[2]s\nEND OF FILE", d.file, text),
	})
	d.file = ""
}

// behindBlock returns the line behind the block that begins in line i.
func behindBlock(lines []string, i int) int {
	for i++; i < len(lines) && lines[i] != "```"; {
		i++
	}
	return i + 1
}

// current returns the session that a line of the document belongs to.
func (d *document) current(line int) *session {
	if d.now == nil {
		d.begin("", line)
	}
	return d.now
}

// begin begins a session. The first is main, if it has no title.
func (d *document) begin(title string, line int) {
	if len(d.sessions) == 0 && title == "" {
		title = "main"
	}
	d.now = &session{title: title, line: line}
	d.sessions = append(d.sessions, d.now)
}

// enter goes on with the session of this title, or begins it.
func (d *document) enter(title string, line int) {
	for _, s := range d.sessions {
		if s.title == title {
			d.now = s
			return
		}
	}
	d.begin(title, line)
}

// parseMarker parses a comment that begins in line i: its lines are directives,
// or commands that a reader does not see. It returns the line behind it.
func (d *document) parseMarker(i int) (int, error) {
	text := strings.TrimPrefix(d.lines[i], marker)
	for n := i; n < len(d.lines); n++ {
		if n > i {
			text = d.lines[n]
		}
		directive, last := strings.CutSuffix(strings.TrimSpace(text), "-->")
		if strings.Contains(directive, "-->") {
			return 0, fmt.Errorf("%d: two comments in one line", n+1)
		}
		if err := d.direct(n+1, strings.TrimSpace(directive)); err != nil {
			return 0, fmt.Errorf("%d: %w", n+1, err)
		}
		if last {
			return n + 1, nil
		}
	}
	return 0, fmt.Errorf("%d: the comment does not end", i+1)
}

func (d *document) direct(line int, text string) error {
	word, rest, _ := strings.Cut(text, " ")
	switch word {
	case "":
	case "new":
		if rest != "" {
			return fmt.Errorf("%q behind new", rest)
		}
		d.begin("", line)
	case "in":
		d.enter(rest, line)
	case "file":
		d.file = rest
	case "user":
		d.current(line).user = true
	case "need":
		s := d.current(line)
		s.needs = append(s.needs, strings.Fields(rest)...)
	case "vary":
		pattern, err := regexp.Compile(rest)
		s := d.current(line)
		s.vary = append(s.vary, pattern)
		return err
	default:
		s := d.current(line)
		s.steps = append(s.steps, &step{line: line, prompt: unseen, command: text})
	}
	return nil
}

// parseBlock parses the block whose first line is i, and returns the line behind
// it.
func (d *document) parseBlock(i int) (int, error) {
	s := d.current(i)
	var st *step
	for n := i; n < len(d.lines); n++ {
		line := d.lines[n]
		switch {
		case line == "```":
			if st == nil {
				return 0, fmt.Errorf("%d: an example without a command", i)
			}
			return n + 1, nil
		case isCommand(line):
			st = &step{line: n + 1, prompt: line[:2], command: line[2:], from: n + 1}
			s.steps = append(s.steps, st)
		case st == nil:
			return 0, fmt.Errorf("%d: an example begins with a prompt, $ or #", n+1)
		case st.from == n && strings.HasPrefix(line, "> "):
			st.command += "\n" + line[2:]
			st.from++
		default:
			st.want = append(st.want, line)
		}
	}
	return 0, fmt.Errorf("%d: the block does not end", i)
}

// isCommand reports whether a line of a block begins with a prompt.
func isCommand(line string) bool {
	return strings.HasPrefix(line, "$ ") || strings.HasPrefix(line, "# ")
}

// write puts what the commands printed into the document.
func (d *document) write(t *testing.T) {
	t.Helper()
	printed := map[int][]string{} // by the first line, what comes in place of it and of how many more
	replaced := map[int]int{}
	for _, s := range d.sessions {
		for _, st := range s.steps {
			if st.prompt != unseen && st.ran {
				printed[st.from], replaced[st.from] = s.merge(st.want, st.got), len(st.want)
			}
		}
	}
	var lines []string
	for i := 0; i < len(d.lines); i++ {
		lines = append(lines, printed[i]...)
		if i += replaced[i]; i < len(d.lines) {
			lines = append(lines, d.lines[i])
		}
	}
	text := strings.Join(lines, "\n")
	if text == strings.Join(d.lines, "\n") {
		return
	}
	if err := os.WriteFile(d.path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
