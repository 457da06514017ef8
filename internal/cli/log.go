package cli

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/oci-rt/rt/internal/phrases"
	"github.com/oci-rt/rt/internal/plainjson"
)

// logger writes a command's messages, which are not its output.
//
// Engines read it: containerd takes the last entry of level error, Podman the
// whole file as one JSON object. So a command that fails writes exactly one entry
// in JSON, which includes the earlier warnings, and nothing else without --debug.
// Warnings become entries of their own when the command has succeeded, or waits
// for a program that runs.
type logger struct {
	stderr io.Writer
	file   io.Writer // --log, or nil
	json   bool
	debug  bool
	mutex  sync.Mutex // for what follows
	held   []string   // warnings that wait to be written
	holds  bool       // the command may still fail
}

func newLogger(stderr io.Writer) *logger { return &logger{stderr: stderr} }

// configure applies the global flags. An engine uses one log file for many
// calls, so it is appended to.
func (l *logger) configure(path, format string, debug bool) error {
	l.debug = debug
	l.holds = format == "json" && !debug
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

// fatal reports why the command failed, in the log and always on stderr.
func (l *logger) fatal(err error) {
	text := phrases.Add(withFlags(err))
	l.mutex.Lock()
	warnings := l.held
	l.held = nil
	l.mutex.Unlock()
	if l.file != nil || l.json {
		l.entry("error", text, warnings)
	}
	if l.file != nil || !l.json {
		fmt.Fprintln(l.stderr, "rt: "+text)
	}
}

// warn reports what a user should know about a command that goes on.
func (l *logger) warn(err error) {
	text := withFlags(err)
	l.mutex.Lock()
	defer l.mutex.Unlock()
	switch {
	case l.holds:
		l.held = append(l.held, text)
	case l.file != nil || l.json:
		l.entry("warning", text, nil)
	default:
		fmt.Fprintln(l.stderr, "rt: warning: "+text)
	}
}

// succeeded writes the warnings so far, because what they are about cannot fail
// any more.
func (l *logger) succeeded() {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	for _, w := range l.held {
		l.entry("warning", w, nil)
	}
	l.held, l.holds = nil, false
}

// started writes the warnings so far if err is nil: the program runs, and the
// command waits for it.
func (l *logger) started(err error) {
	if err == nil {
		l.succeeded()
	}
}

// debugf reports what happens, with --debug.
func (l *logger) debugf(format string, args ...any) {
	if l.debug {
		l.entry("debug", fmt.Sprintf(format, args...), nil)
	}
}

func (l *logger) entry(level, message string, warnings []string) {
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
		Level    string   `json:"level"`
		Msg      string   `json:"msg"`
		Time     string   `json:"time"`
		Warnings []string `json:"warnings,omitempty"`
	}{level, message, now, warnings})
	_, _ = w.Write(append(line, '\n'))
}
