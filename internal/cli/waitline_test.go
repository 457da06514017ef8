package cli

import (
	"io"
	"os"
	"strings"
	"testing"

	"github.com/oci-rt/rt/internal/term"
)

// TestWaitLine: what a command says meanwhile is not written behind the line, and a
// wait in a wait is named as long as it lasts.
func TestWaitLine(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	l := &waitLine{file: w, screen: func() term.Output { return term.Output{Terminal: true, Escapes: true} }}
	over := l.wait("CRIU\x1b[2J")
	l.tick()
	if _, err := l.Write([]byte("rt: warning: a\n")); err != nil {
		t.Fatal(err)
	}
	inner := l.wait("a process to end")
	l.tick()
	inner()
	l.tick()
	over()
	over()
	l.tick() // was about to, when it was over
	w.Close()
	got, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"\rrt: waiting for CRIU\\x1b[2J\x1b[K", "\r\x1b[K", "rt: warning: a\n", "\rrt: waiting for a process to end\x1b[K",
		"\rrt: waiting for CRIU\\x1b[2J\x1b[K", "\r\x1b[K",
	}
	if string(got) != strings.Join(want, "") {
		t.Errorf("got %q, want %q", got, want)
	}
}
