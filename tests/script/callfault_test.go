//go:build amd64 || arm64

package script

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/oci-rt/rt/tests/need"
	"github.com/oci-rt/rt/tests/reliability"
	"github.com/oci-rt/rt/tests/tracer"
	"golang.org/x/sys/unix"
)

// fault is a failure of one call: of the nth with this number, which does not depend on
// how often the others are made.
type fault struct {
	nr, nth int
	errno   unix.Errno
	what    string // the call is done to: its descriptor or path
}

func (f fault) String() string {
	kind, _ := tracer.KindOf(f.nr)
	return fmt.Sprintf("%s %d %s: %s", kind.Name, f.nth, f.what, unix.ErrnoName(f.errno))
}

// sampleOfFaults is how many faults there are for one that make test tries.
const sampleOfFaults = 70

// TestEveryCallFails has each system call of every command that changes something fail
// with each errno that it may meet on a sound machine that lacks something. The command
// succeeds all the same, or ends with one line that says what has failed; then nothing of
// a new container is left, unless it came to its end before, and an old one can be deleted.
//
// The Go runtime's own calls are left out: without memory or threads for itself it ends
// the program with a stack trace, and nobody can prevent that.
func TestEveryCallFails(t *testing.T) {
	for _, a := range allActs() {
		t.Run(strings.ReplaceAll(a.name, " ", "_"), func(t *testing.T) {
			f := newActFixture(t, a)
			list := f.faults(a)
			tried := 0
			for i, fault := range list {
				if need.Sampled(i, sampleOfFaults) {
					f.try(a, fault)
					tried++
				}
			}
			t.Logf("%d of %d faults", tried, len(list))
			reliability.Record(t, tried)
		})
	}
}

// faults lists all of an act that goes well.
func (f *fixture) faults(a act) (list []fault) {
	f.t.Helper()
	calls := map[int]int{}
	f.watch(a, tracer.Handler{Enter: func(c tracer.Call) tracer.Verdict {
		if c.OfRuntime() {
			return tracer.Verdict{}
		}
		calls[c.Nr]++
		kind, ok := tracer.KindOf(c.Nr)
		if !ok {
			f.t.Errorf("system call %d is in no table of package tracer", c.Nr)
		}
		for _, errno := range kind.Errnos {
			if c.Plausible(errno) && !isSearch(c) {
				list = append(list, fault{c.Nr, calls[c.Nr], errno, c.Object()})
			}
		}
		return tracer.Verdict{}
	}})
	return list
}

// isSearch reports whether a call looks for CRIU in a directory of the PATH: what fails
// there is looked for in the next one, as execvp(3) does.
func isSearch(c tracer.Call) bool {
	kind, _ := tracer.KindOf(c.Nr)
	return filepath.Base(c.Object()) == "criu" && (kind.Name == "newfstatat" || kind.Name == "faccessat2")
}

// try has one call fail.
func (f *fixture) try(a act, fault fault) {
	f.t.Helper()
	f.prepare(a)
	n := 0
	out, status, err := f.traced(tracer.Handler{Enter: func(c tracer.Call) tracer.Verdict {
		if c.Nr != fault.nr || c.OfRuntime() {
			return tracer.Verdict{}
		}
		if n++; n != fault.nth || !c.Plausible(fault.errno) { // a read more or less of a pipe before
			return tracer.Verdict{}
		}
		return tracer.Verdict{Fail: fault.errno, Done: c.Nr == unix.SYS_CLOSE}
	}}, a.args...)
	switch {
	case err != nil:
		f.t.Errorf("%v: %v: %s", fault, err, out)
	case !status.Exited():
		f.t.Errorf("%v: ended with %#x: %s", fault, status, out)
	case strings.Contains(out, "goroutine ") || strings.Contains(out, "fatal error: "):
		f.t.Errorf("%v: crashed: %s", fault, out)
	case status.ExitStatus() != 0 && a.byCRIU():
		f.checkRefusal(fault, withoutLog(out))
	case status.ExitStatus() != 0:
		f.checkRefusal(fault, out)
	case fault.errno == unix.EINTR && out != "":
		f.t.Errorf("%v: %s", fault, out)
	default:
		f.awaitStatus(a.status, fault.String())
	}
	if status.ExitStatus() != 0 && a.makes() && !f.stopped() && !strings.HasPrefix(out, "rt: state directory: rmdir ") {
		if left := f.mark.Find(); len(left) > 0 {
			f.t.Errorf("%v: %s\tleft behind: %s", fault, out, describe(left))
		}
	}
	if out, status := f.rt(forceC1...); status != 0 || out != "" {
		f.t.Fatalf("%v: delete --force: exit status %d: %s", fault, status, out)
	}
	if left := f.mark.Find(); len(left) > 0 {
		f.t.Fatalf("%v: left behind: %s", fault, describe(left))
	}
}

// withoutLog leaves out what rt quotes of CRIU's log behind its own line.
func withoutLog(out string) string {
	line, log, _ := strings.Cut(out, "\n")
	for quoted := range strings.Lines(log) {
		if !strings.HasPrefix(quoted, "  ") {
			return out
		}
	}
	return line + "\n"
}

// stopped reports whether there is a container that has come to its end: what failed is
// that "run" removes it, which delete can do again.
func (f *fixture) stopped() bool {
	f.t.Helper()
	out, _ := f.rt("state", "c1")
	return strings.Contains(out, `"status": "stopped"`)
}

// makes reports whether the act makes a container.
func (a act) makes() bool { return a.before == nil }

// checkRefusal checks what a command says that has failed.
func (f *fixture) checkRefusal(fault fault, out string) {
	f.t.Helper()
	if fault.errno == unix.EINTR {
		f.t.Errorf("%v: %s", fault, out)
	}
	line, more, _ := strings.Cut(out, "\n")
	text := fault.errno.Error()
	if !strings.HasPrefix(line, "rt: ") || more != "" || !strings.Contains(line, text) || len(line) < len("rt: : ")+len(text)+5 {
		f.t.Errorf("%v: unclear: %s", fault, out)
	}
}
