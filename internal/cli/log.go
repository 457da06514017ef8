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
// in JSON, which includes the earlier warnings, and nothing else without --debug:
// see debugLog.
// Warnings become entries of their own when the command has succeeded, or waits
// for a program that runs.
type logger struct {
	stderr io.Writer
	file   io.Writer // --log, or nil
	json   bool
	mutex  sync.Mutex // for what follows
	held   []string   // warnings that wait to be written
	holds  bool       // the command may still fail
	debug  debugLog
}

func newLogger(stderr io.Writer) *logger {
	now := time.Now()
	return &logger{stderr: stderr, debug: debugLog{began: now, last: now}}
}

// configure applies the global flags. An engine uses one log file for many
// calls, so it is appended to.
func (l *logger) configure(path, format string, debug bool) error {
	l.debug.on = debug
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
	text := withFlags(err)
	fields := fieldsOf(err, text)
	text = phrases.Add(text)
	l.mutex.Lock()
	e := entry{Level: "error", Msg: text, fields: fields, Warnings: l.held, Debug: l.debug.held}
	l.held, l.debug.held = nil, nil
	l.mutex.Unlock()
	if l.file != nil || l.json {
		l.write(l.file, e)
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
		l.write(l.file, entry{Level: "warning", Msg: text})
	default:
		fmt.Fprintln(l.stderr, "rt: warning: "+text)
	}
}

// succeeded writes the warnings so far, because what they are about cannot fail
// any more, and what was held back of the debug log.
func (l *logger) succeeded() {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	for _, e := range l.debug.held {
		l.write(l.file, e)
	}
	for _, w := range l.held {
		l.write(l.file, entry{Level: "warning", Msg: w})
	}
	l.held, l.holds = nil, false
	l.debug.held, l.debug.holds = nil, false
}

// started writes the warnings so far if err is nil: the program runs, and the
// command waits for it.
func (l *logger) started(err error) {
	if err == nil {
		l.succeeded()
	}
}

// entry is one message of the log. In JSON its keys are those of runc, and more.
type entry struct {
	Level string `json:"level"`
	Msg   string `json:"msg"`
	Time  string `json:"time"`
	fields
	Pid      int      `json:"pid,omitempty"`     // of rt, in a debug entry
	Took     *int64   `json:"took_us,omitempty"` // microseconds, in a debug entry
	Warnings []string `json:"warnings,omitempty"`
	Debug    []entry  `json:"debug,omitempty"`
}

// write writes an entry to a file, or to stderr if that is nil.
func (l *logger) write(w io.Writer, e entry) {
	if w == nil {
		w = l.stderr
	}
	if e.Time == "" {
		e.Time = time.Now().Format(time.RFC3339)
	}
	if l.json {
		_, _ = w.Write(append(plainjson.Append(nil, e), '\n'))
		return
	}
	more := ""
	if e.Took != nil {
		more = fmt.Sprintf(" pid=%d took=%v", e.Pid, time.Duration(*e.Took)*time.Microsecond)
	}
	fmt.Fprintf(w, "time=%q level=%s%s msg=%s\n", e.Time, e.Level, more, strconv.Quote(e.Msg))
}
