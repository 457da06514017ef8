package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// newTestLogger returns a logger whose file is closed in the end. Outside of tests the
// end of the program does that.
func newTestLogger(t *testing.T, stderr io.Writer) *logger {
	t.Helper()
	l := newLogger(stderr)
	t.Cleanup(func() { closeLog(l) })
	return l
}

func closeLog(l *logger) {
	if f, ok := l.file.(*os.File); ok {
		f.Close()
	}
}

// Podman reads a runtime's whole log as one JSON object: a failing command
// writes one entry, which has the warnings too.
func TestLogJSONHasOneEntry(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.json")
	var stderr bytes.Buffer
	l := newTestLogger(t, &stderr)
	if err := l.configure(path, "json", false); err != nil {
		t.Fatal(err)
	}
	l.warn(errors.New("never mind"))
	l.warn(errors.New("again"))
	l.debugf("detail %d", 1)
	l.fatal(errors.New("mounts[0]: \"quoted\"\nand a second line"))

	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var entry struct {
		Level, Msg, Time string
		Warnings         []string
	}
	if err := json.Unmarshal(data, &entry); err != nil {
		t.Fatalf("log is not one JSON object: %v\n%s", err, data)
	}
	if entry.Level != "error" || entry.Msg != "mounts[0]: \"quoted\"\nand a second line" || entry.Time == "" || !slices.Equal(entry.Warnings, []string{"never mind", "again"}) {
		t.Errorf("entry = %+v", entry)
	}
	if want := "rt: mounts[0]: \"quoted\"\nand a second line\n"; stderr.String() != want {
		t.Errorf("stderr = %q, want %q", stderr.String(), want)
	}
}

// A command that succeeds, or waits for a program that runs, tells its warnings
// as entries of their own.
func TestLogJSONHasWarnings(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.json")
	l := newTestLogger(t, &bytes.Buffer{})
	if err := l.configure(path, "json", false); err != nil {
		t.Fatal(err)
	}
	l.warn(errors.New("first"))
	if data, err := os.ReadFile(path); err != nil || len(data) > 0 {
		t.Errorf("written before it is known how the command ends: %s (%v)", data, err)
	}
	l.succeeded()
	l.warn(errors.New("second"))
	l.succeeded()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for line := range strings.Lines(string(data)) {
		var entry struct{ Level, Msg string }
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		got = append(got, entry.Level+" "+entry.Msg)
	}
	if want := []string{"warning first", "warning second"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestLogAppends(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	for range 2 {
		l := newTestLogger(t, &bytes.Buffer{})
		if err := l.configure(path, "text", false); err != nil {
			t.Fatal(err)
		}
		l.fatal(errors.New("no"))
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(data), "level=error msg=\"no\"\n"); n != 2 {
		t.Errorf("%d entries after two commands, want 2:\n%s", n, data)
	}
}

func TestLogWithoutFile(t *testing.T) {
	tests := []struct{ format, want string }{
		{"text", "rt: no\n"},
		{"json", `"msg":"no"`},
	}
	for _, tt := range tests {
		var stderr bytes.Buffer
		l := newTestLogger(t, &stderr)
		if err := l.configure("", tt.format, false); err != nil {
			t.Fatal(err)
		}
		l.fatal(errors.New("no"))
		if !strings.Contains(stderr.String(), tt.want) || strings.Count(stderr.String(), "\n") != 1 {
			t.Errorf("%s: stderr = %q, want one line with %q", tt.format, stderr.String(), tt.want)
		}
	}
	if err := newLogger(nil).configure("", "xml", false); err == nil {
		t.Error("format xml: no error")
	}
}
