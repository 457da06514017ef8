// Package trace records how long the parts of a start take, on both sides: what
// the creator does, and each step of the program that the init runs. A
// [Recorder] takes it down, and a [Trace] is written for people and for the
// viewers of Chrome's trace format.
package trace

import (
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/oci-rt/rt/libcontainer/program"
)

// Recorder takes down what one start does. A nil Recorder takes down nothing and
// costs nothing. Its methods may not be called concurrently: a start does one
// thing after the other.
type Recorder struct {
	trace     Trace
	begin     time.Time
	monotonic int64         // CLOCK_MONOTONIC at begin
	last      time.Duration // when the last span ended
	waits     bool          // the next span is a wait
	taken     bool          // the steps are there
}

// New returns a recorder that begins now. The title says what is started.
func New(title string) *Recorder {
	var ts unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts) // cannot fail
	r := &Recorder{begin: time.Now(), monotonic: ts.Nano()}
	r.trace = Trace{Title: title, Begin: r.begin.UTC().Format(time.RFC3339Nano), Creator: os.Getpid()}
	return r
}

// Did says what was done since the last call of Did.
func (r *Recorder) Did(format string, args ...any) {
	if r == nil {
		return
	}
	now := time.Since(r.begin)
	r.trace.Spans = append(r.trace.Spans, Span{Name: fmt.Sprintf(format, args...), Wait: r.waits, Begin: r.last, End: now})
	r.last, r.waits = now, false
}

// Waits says that the next call of Did is about something that was waited for.
func (r *Recorder) Waits() {
	if r != nil {
		r.waits = true
	}
}

// Steps takes down the steps of p, which the process pid runs. times are those
// of [program.Timed], and waits are the steps that wait, with what for. The first
// call counts, and says when the last step ended.
func (r *Recorder) Steps(p *program.Program, pid int, times []int64, waits map[int]string) {
	if r == nil || r.taken {
		return
	}
	r.taken = true
	r.trace.Init = pid
	now := time.Since(r.begin)
	clock := p.Clock()
	var numbers []int
	begins := map[int]time.Duration{}
	for n, ns := range times {
		// The process could have written anything.
		if at := r.at(clock, ns); ns != 0 && n < len(p.Steps) && at >= 0 && at <= now {
			numbers = append(numbers, n)
			begins[n] = at
		}
	}
	r.trace.Steps = steps(p, numbers, begins, waits, now)
}

// at returns when a clock showed ns.
func (r *Recorder) at(clock int, ns int64) time.Duration {
	if clock == unix.CLOCK_REALTIME {
		return time.Duration(ns - r.begin.UnixNano())
	}
	return time.Duration(ns - r.monotonic)
}

// Failed says that the start failed. step is the step that did, or -1.
func (r *Recorder) Failed(err error, step int, errno unix.Errno) {
	if r == nil {
		return
	}
	r.trace.Error = err.Error()
	for i := range r.trace.Steps {
		if s := &r.trace.Steps[i]; s.Number == step {
			s.Errno = unix.ErrnoName(errno)
		}
	}
}

// Trace returns what was taken down so far.
func (r *Recorder) Trace() *Trace {
	t := r.trace
	t.Total = r.last
	for i := range t.Steps {
		t.Total = max(t.Total, t.Steps[i].End)
	}
	return &t
}
