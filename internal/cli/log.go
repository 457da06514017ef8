package cli

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/oci-rt/rt/internal/plainjson"
)

// logger writes what a command has to say besides its output.
//
// Engines read it: containerd takes the last entry of level error, Podman the
// whole file as one JSON object. So a command that fails writes exactly one
// entry, and in JSON nothing else unless --debug asks for more.
type logger struct {
	stderr io.Writer
	file   io.Writer // --log, or nil
	json   bool
	debug  bool
}

func newLogger(stderr io.Writer) *logger { return &logger{stderr: stderr} }

// configure applies the global flags. An engine uses one log file for many
// calls, so it is appended to.
func (l *logger) configure(path, format string, debug bool) error {
	l.debug = debug
	switch format {
	case "text":
	case "json":
		l.json = true
	default:
		return fmt.Errorf("--log-format: %q (want text or json)", format)
	}
	if path == "" {
		return nil
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return fmt.Errorf("--log: %w", err)
	}
	l.file = f
	return nil
}

// fatal reports why the command failed: in the log, and on stderr in any case.
func (l *logger) fatal(err error) {
	if l.file != nil || l.json {
		l.entry("error", err.Error())
	}
	if l.file != nil || !l.json {
		fmt.Fprintln(l.stderr, "rt: "+err.Error())
	}
}

// warn reports what a user should know of a command that goes on.
func (l *logger) warn(err error) {
	switch {
	case l.json && !l.debug:
	case l.file != nil || l.json:
		l.entry("warning", err.Error())
	default:
		fmt.Fprintln(l.stderr, "rt: warning: "+err.Error())
	}
}

// debugf reports what happens, with --debug.
func (l *logger) debugf(format string, args ...any) {
	if l.debug {
		l.entry("debug", fmt.Sprintf(format, args...))
	}
}

func (l *logger) entry(level, message string) {
	w := l.file
	if w == nil {
		w = l.stderr
	}
	now := time.Now().Format(time.RFC3339)
	if !l.json {
		fmt.Fprintf(w, "time=%q level=%s msg=%s\n", now, level, strconv.Quote(message))
		return
	}
	line := plainjson.Append(nil, struct {
		Level string `json:"level"`
		Msg   string `json:"msg"`
		Time  string `json:"time"`
	}{level, message, now})
	_, _ = w.Write(append(line, '\n'))
}
