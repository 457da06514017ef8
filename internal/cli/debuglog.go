package cli

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// debugLog is what rt did, in order. An entry is written when something is done, and has
// the time since the entry before, or since rt began: that is how long it took, together
// with all that no entry is about.
//
// It is on with --debug, or with RT_DEBUG in the environment, for engines that pass no
// such flag. They do not expect to find it in what they read:
//
//   - RT_DEBUG=1 writes to the log. A failure in JSON is still one entry, which has the
//     debug entries in it. Without --log, the commands say nothing whose stderr an engine
//     reads together with what they print.
//   - RT_DEBUG=FILE writes to a file of its own, at once. It has what a command did that
//     was killed or does not end.
type debugLog struct {
	on          bool
	file        io.Writer // of RT_DEBUG, or nil: then the log
	holds       bool      // entries wait until it is known how the command ends
	held        []entry
	began, last time.Time
}

// debugVariable is the name of a variable of the environment.
const debugVariable = "RT_DEBUG"

// configureDebug applies RT_DEBUG, whose value is given, to a command. It fails if the
// value is none; then there is no debug log.
func (l *logger) configureDebug(value, command string) error {
	switch {
	case value == "" || value == "0" || value == "1" && l.debug.on:
	case value == "1":
		l.debug.on = l.file != nil || !printsData(command)
		l.debug.holds = l.json
	case filepath.IsAbs(value):
		f, err := os.OpenFile(value, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
		if err != nil {
			return fmt.Errorf("%s: %w", debugVariable, err)
		}
		l.debug.on, l.debug.file = true, f
		l.holds = l.json // the flag's entries are not in the log now
	default:
		return fmt.Errorf("%s: %q (want 1, or the absolute path of a file)", debugVariable, value)
	}
	return nil
}

// printsData reports whether a command prints something for programs. Engines run some of
// these commands with one pipe for stdout and stderr: CRI-O features, containerd's go-runc
// state and ps.
func printsData(command string) bool {
	return command == "" || slices.Contains([]string{"events", "features", "info", "list", "plan", "ps", "spec", "state"}, command)
}

// debugf adds an entry to the debug log, if there is one.
func (l *logger) debugf(format string, args ...any) {
	if !l.debug.on {
		return
	}
	l.mutex.Lock()
	defer l.mutex.Unlock()
	now := time.Now()
	took := now.Sub(l.debug.last).Microseconds()
	l.debug.last = now
	e := entry{
		Level: "debug", Msg: fmt.Sprintf(format, args...), Time: now.Format("2006-01-02T15:04:05.000000Z07:00"),
		Pid: os.Getpid(), Took: &took,
	}
	switch {
	case l.debug.file != nil:
		l.write(l.debug.file, e)
	case l.debug.holds:
		l.debug.held = append(l.debug.held, e)
	default:
		l.write(l.file, e)
	}
}

// ended adds the last entry of the debug log: the exit status, and how long all took.
func (l *logger) ended(status int) {
	l.debugf("rt ends with status %d, after %v in all", status, time.Since(l.debug.began).Round(time.Microsecond))
}
