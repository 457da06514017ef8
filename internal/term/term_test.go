package term

import (
	"os"
	"testing"

	"github.com/oci-rt/rt/tests/pty"
)

func TestOf(t *testing.T) {
	master, peer, err := pty.Open(30, 100)
	if err != nil {
		t.Fatal(err)
	}
	defer master.Close()
	defer peer.Close()
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	for name, c := range map[string]struct {
		file                   *os.File
		term, noColor, columns string
		want                   Output
	}{
		"terminal":         {peer, "xterm", "", "", Output{true, true, true, 100, 30}},
		"dumb":             {peer, "dumb", "", "", Output{true, false, false, 100, 30}},
		"of no kind":       {peer, "", "", "", Output{true, false, false, 100, 30}},
		"no colour":        {peer, "xterm", "1", "", Output{true, true, false, 100, 30}},
		"another width":    {peer, "xterm", "", "60", Output{true, true, true, 60, 30}},
		"no width":         {peer, "xterm", "", "wide", Output{true, true, true, 100, 30}},
		"file":             {null, "xterm", "", "", Output{}},
		"file for a pager": {null, "xterm", "", "60", Output{Width: 60}},
	} {
		t.Setenv("TERM", c.term)
		t.Setenv("NO_COLOR", c.noColor)
		t.Setenv("COLUMNS", c.columns)
		if got := Of(c.file); got != c.want {
			t.Errorf("%s: got %+v, want %+v", name, got, c.want)
		}
	}
}

func TestPrintable(t *testing.T) {
	for name, want := range map[string]string{
		"":             "",
		"eth0":         "eth0",
		"/a b/bündel":  "/a b/bündel",
		"a\x1b[2Jb":    `a\x1b[2Jb`,
		"a\tb\n":       `a\tb\n`,
		"\xff":         `\xff`,
		"\u009b2J":     `\u009b2J`,
		"right\u202e!": `right\u202e!`,
	} {
		if got := Printable(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}
