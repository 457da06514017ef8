package example

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const exampleDocument = "# A title\n" +
	"\n" +
	"<!-- example: new\n" +
	"need root\n" +
	"vary [0-9]{4,}\n" +
	"bundle hello\n" +
	"-->\n" +
	"```console\n" +
	"$ rt run hello\n" +
	"hello\n" +
	"world\n" +
	"# cat <<EOF\n" +
	"> text\n" +
	"> EOF\n" +
	"text\n" +
	"```\n" +
	"<!-- example: rt delete hello -->\n" +
	"```sh\n" +
	"$ no example\n" +
	"<!-- example: no comment -->\n" +
	"```\n"

func TestParse(t *testing.T) {
	d, err := parse(strings.Split(exampleDocument, "\n"))
	if err != nil {
		t.Fatal(err)
	}
	if len(d.sessions) != 1 {
		t.Fatalf("found %d sessions", len(d.sessions))
	}
	s := d.sessions[0]
	if s.line != 3 || !cmp.Equal(s.needs, []string{"root"}) || len(s.vary) != 1 || !s.asRoot() {
		t.Errorf("got %+v", s)
	}
	want := []step{
		{line: 6, command: "bundle hello"},
		{line: 9, prompt: "$ ", command: "rt run hello", from: 9, want: []string{"hello", "world"}},
		{line: 12, prompt: "# ", command: "cat <<EOF\ntext\nEOF", from: 14, want: []string{"text"}},
		{line: 17, command: "rt delete hello"},
	}
	var got []step
	for _, st := range s.steps {
		got = append(got, *st)
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(step{})); diff != "" {
		t.Error(diff)
	}
}

// TestParseFile: a block of any kind can be a file that the session needs.
func TestParseFile(t *testing.T) {
	d, err := parse(strings.Split("<!-- example: file etc/a.json -->\n```json\n{\n}\n```\n```json\n{}\n```\n```console\n$ ls\n```", "\n"))
	if err != nil || len(d.sessions) != 1 || len(d.sessions[0].steps) != 2 {
		t.Fatalf("%v, %+v", err, d)
	}
	want := step{line: 2, command: "mkdir -p \"$(dirname etc/a.json)\" && cat >etc/a.json <<'END OF FILE'\n{\n}\nEND OF FILE"}
	if diff := cmp.Diff(want, *d.sessions[0].steps[0], cmp.AllowUnexported(step{})); diff != "" {
		t.Error(diff)
	}
}

func TestParseFaults(t *testing.T) {
	for text, want := range map[string]string{
		"```console\nrt run\n```":        "2: an example begins with a prompt, $ or #",
		"```console\n```":                "1: an example without a command",
		"```console\n$ true":             "1: the block does not end",
		"<!-- example: a --> <!-- b -->": "1: two comments in one line",
		"<!-- example: new need -->":     "1: \"need\" behind new",
		"a\n<!-- example: new\nb":        "2: the comment does not end",
		"<!-- example: file a -->\nb":    "2: there is no block for the file a",
		"<!-- example: new\nvary ( -->":  "2: error parsing regexp: missing closing ): `(`",
	} {
		if _, err := parse(strings.Split(text, "\n")); err == nil || err.Error() != want {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}

func TestMatches(t *testing.T) {
	d, err := parse([]string{"<!-- example: vary pid [0-9]+ -->"})
	if err != nil {
		t.Fatal(err)
	}
	s := d.sessions[0]
	for _, c := range []struct {
		want, got string
		equal     bool
	}{
		{"a", "a", true},
		{"a", "b", false},
		{"a.c", "abc", false},
		{"a...z", "a to z", true},
		{"a...z", "a to b", false},
		{"pid 1 of 2", "pid 77 of 2", true},
		{"pid 1 of 2", "pid 1 of 3", false},
		{"at 2026-01-02T03:04:05Z", "at 2027-12-31T23:59:59.123+01:00", true},
		{"took 12ms", "took 1.5s", true},
		{"ID    PID  ", "ID  PID", true},
		{"ID    PID", "ID PID", false},
	} {
		if got := s.matches(c.want, c.got); got != c.equal {
			t.Errorf("%q, %q: got %v", c.want, c.got, got)
		}
	}
}

func TestAlign(t *testing.T) {
	for name, c := range map[string]struct {
		want, got, merged string
		faults            int
	}{
		"same":                   {"a b", "a b", "a b", 0},
		"none":                   {"", "a b", "a b", 2},
		"no more":                {"a b", "", "", 2},
		"a line less":            {"a b c", "a c", "a c", 1},
		"a line more":            {"a c", "a b c", "a b c", 1},
		"another line":           {"a b c", "a x c", "a x c", 1},
		"any lines":              {"a ... c", "a 1 2 3 c", "a ... c", 0},
		"no lines":               {"a ... c", "a c", "a ... c", 0},
		"any lines at the end":   {"a ...", "a 1 2", "a ...", 0},
		"any lines, then others": {"a ... c", "a 1 d", "a ... d", 1},
		"part of a line":         {"a1...9 c", "a123459 d", "a1...9 d", 1},
	} {
		merged, faults := new(session).align(strings.Fields(c.want), strings.Fields(c.got))
		if got := strings.Join(merged, " "); got != c.merged || faults != c.faults {
			t.Errorf("%s: got %q with %d faults, want %q with %d", name, got, faults, c.merged, c.faults)
		}
	}
}

// TestSessions: a document can go on with a session, and what the commands of two
// sessions print is written where they are.
func TestSessions(t *testing.T) {
	lines := []string{
		"```console", "$ one", "old", "$ two", "```", "<!-- example: in other -->", "```console", "$ three", "```",
		"<!-- example: in main -->", "```console", "$ four", "old", "older", "```", "<!-- example: in other -->", "```console", "$ five", "```",
	}
	d, err := parse(slices.Clone(lines))
	if err != nil || len(d.sessions) != 2 || len(d.sessions[0].steps) != 3 || len(d.sessions[1].steps) != 2 {
		t.Fatalf("%v, %+v", err, d)
	}
	d.path = filepath.Join(t.TempDir(), "doc.md")
	for _, s := range d.sessions {
		for _, st := range s.steps {
			st.ran, st.got = true, []string{"1 " + st.command, "2 " + st.command}
		}
	}
	d.sessions[1].steps[1].ran = false
	d.write(t)
	got, err := os.ReadFile(d.path)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"```console", "$ one", "1 one", "2 one", "$ two", "1 two", "2 two", "```", "<!-- example: in other -->", "```console", "$ three", "1 three", "2 three", "```",
		"<!-- example: in main -->", "```console", "$ four", "1 four", "2 four", "```", "<!-- example: in other -->", "```console", "$ five", "```",
	}
	if diff := cmp.Diff(want, strings.Split(string(got), "\n")); diff != "" {
		t.Error(diff)
	}
}
