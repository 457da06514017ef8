// Package report runs go test and tells how it goes: the ends of packages as go
// test has them, all that a failed test has said, what takes long while it
// does, and at last how many tests were skipped, and why.
package report

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"time"
)

// module is the path that all our packages begin with.
const module = "github.com/oci-rt/rt"

// event is a line of go test -json: see go doc test2json.
type event struct {
	Time    time.Time
	Action  string
	Package string
	Test    string
	Elapsed float64
	Output  string
}

func (e *event) pkg() string { return strings.TrimPrefix(e.Package, module+"/") }

// Options say what to tell, and how.
type Options struct {
	// Say prints a line. It may be nil.
	Say func(format string, args ...any)
	// Verbose tells all that tests say.
	Verbose bool
	// Slowest tells which tests took longest.
	Slowest bool
}

// report collects the events of a run and prints what people want to see.
type report struct {
	Options
	passed, failed, skipped int
	slowest                 []event             // the ends of the tests that took longest, longest first
	output                  map[string][]string // of each test that runs, and of packages
	running                 map[string]*event   // the starts of the tests that run
	reasons                 map[string]int      // why tests were skipped
	failures                map[string]int      // of each package's tests
	last                    time.Time           // when something was printed
}

// silence is how long a run may go on without a word.
const silence = 15 * time.Second

func newReport(o Options) *report {
	if o.Say == nil {
		o.Say = func(format string, args ...any) {
			fmt.Println(strings.TrimRight(fmt.Sprintf(format, args...), "\n"))
		}
	}
	return &report{
		Options: o,
		output:  map[string][]string{}, running: map[string]*event{},
		reasons: map[string]int{}, failures: map[string]int{},
		last: time.Now(),
	}
}

// ErrNoneRan: every test was skipped, or there was none.
var ErrNoneRan = errors.New("no test ran")

// Run runs go test -json, which cmd is, and tells how it goes. In the end it
// prints the counts after the title.
func Run(cmd *exec.Cmd, title string, o Options) error {
	r := newReport(o)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	r.read(out)
	err = cmd.Wait()
	r.summary(title)
	if err != nil {
		return fmt.Errorf("go test: %w", err)
	}
	if r.passed == 0 {
		return ErrNoneRan
	}
	return nil
}

// read reads events to the end. What is none is shown as it is.
func (r *report) read(out io.Reader) {
	events := make(chan *event)
	decoder := json.NewDecoder(out)
	go func() {
		defer close(events)
		for {
			e := new(event)
			if decoder.Decode(e) != nil {
				return
			}
			events <- e
		}
	}()
	r.follow(events)
	_, _ = io.Copy(os.Stdout, io.MultiReader(decoder.Buffered(), out))
}

// follow takes up events until there are no more, and breaks silences.
func (r *report) follow(events <-chan *event) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case e, ok := <-events:
			if !ok {
				return
			}
			r.add(e)
		case <-tick.C:
			r.heartbeat()
		}
	}
}

// add takes up an event.
func (r *report) add(e *event) {
	key := e.Package + " " + e.Test
	switch e.Action {
	case "output", "build-output":
		if r.Verbose || e.Action == "build-output" {
			fmt.Print(e.Output)
			r.last = time.Now()
		}
		r.output[key] = append(r.output[key], e.Output)
	case "run", "cont":
		r.running[key] = e
	case "pause": // a parallel test waits for its turn
		delete(r.running, key)
	case "pass", "fail", "skip":
		if e.Test == "" {
			r.endOfPackage(e, r.output[key])
		} else {
			r.endOfTest(e, r.output[key])
		}
		delete(r.output, key)
		delete(r.running, key)
	}
}

// heartbeat breaks a long silence with the name of the test that has run for
// the longest time, subtests before those that wait for them.
func (r *report) heartbeat() {
	if time.Since(r.last) < silence {
		return
	}
	if len(r.running) == 0 {
		r.print("…    building tests; %d have passed", r.passed)
		return
	}
	depth := func(e *event) int { return strings.Count(e.Test, "/") }
	oldest := slices.MinFunc(slices.Collect(maps.Values(r.running)), func(a, b *event) int {
		return cmp.Or(cmp.Compare(depth(b), depth(a)), a.Time.Compare(b.Time))
	})
	r.print("…    %s %s, for %.0f s; %d have passed", oldest.pkg(), oldest.Test, time.Since(oldest.Time).Seconds(), r.passed)
}

func (r *report) endOfTest(e *event, output []string) {
	r.time(e)
	switch e.Action {
	case "pass":
		r.passed++
	case "fail":
		r.failed++
		r.failures[e.Package]++
		r.failure(e, output)
	case "skip":
		r.skipped++
		r.reasons[reason(output)]++
	}
}

// failure shows what a failed test has said.
func (r *report) failure(e *event, output []string) {
	if r.Verbose {
		return // it has been shown
	}
	output = slices.DeleteFunc(slices.Clone(output), func(line string) bool { return strings.HasPrefix(line, "=== ") })
	r.print("FAIL %s %s\n%s", e.pkg(), e.Test, strings.Join(output, ""))
}

// time keeps the slowest tests, without their subtests.
func (r *report) time(e *event) {
	if strings.Contains(e.Test, "/") && !strings.HasPrefix(e.Test, "TestScripts/") {
		return
	}
	const kept = 8
	r.slowest = append(r.slowest, *e)
	slices.SortStableFunc(r.slowest, func(a, b event) int { return cmp.Compare(b.Elapsed, a.Elapsed) })
	r.slowest = r.slowest[:min(kept, len(r.slowest))]
}

// endOfPackage shows go test's own line about it, which is the last one of its
// output. If it failed, it shows besides what belongs to no test that failed: of
// those that a panic or the end of the time has ended there is no result.
func (r *report) endOfPackage(e *event, output []string) {
	line := strings.ToUpper(e.Action) + "\t" + e.Package
	if len(output) > 0 {
		line, output = output[len(output)-1], output[:len(output)-1]
	}
	if e.Action == "fail" {
		if r.failures[e.Package] == 0 {
			r.failed++ // not built, or ended by a panic or TestMain
		}
		r.unfinished(e.Package)
		if !r.Verbose && len(output) > 0 {
			r.print("%s", strings.Join(output, ""))
		}
	}
	if !r.Verbose {
		r.print("%s", line)
	}
}

// unfinished shows what the tests of a package have said that have no result.
func (r *report) unfinished(pkg string) {
	for _, key := range slices.Sorted(maps.Keys(r.running)) {
		if e := r.running[key]; e.Package == pkg {
			r.failure(e, r.output[key])
			delete(r.running, key)
			delete(r.output, key)
		}
	}
}

func (r *report) print(format string, args ...any) {
	r.Say(format, args...)
	r.last = time.Now()
}

// said is a line that a test has said, behind the place in the source.
var said = regexp.MustCompile(`^\s+(\w+\.go):\d+: (.+)`)

// reason returns why a test was skipped: what it has said last. Behind that of a
// script there is its log.
func reason(output []string) string {
	for _, line := range slices.Backward(output) {
		if m := said.FindStringSubmatch(line); m != nil && m[1] != "testscript.go" {
			return m[2]
		}
	}
	return "no reason given"
}

// summary prints why tests were skipped, most often first, which took longest,
// and the counts in a form that CI systems know.
func (r *report) summary(title string) {
	whys := slices.SortedFunc(maps.Keys(r.reasons), func(a, b string) int {
		return cmp.Or(cmp.Compare(r.reasons[b], r.reasons[a]), strings.Compare(a, b))
	})
	for _, why := range whys {
		r.Say("skipped %d: %s", r.reasons[why], why)
	}
	for _, e := range r.slowest {
		if r.Slowest {
			r.Say("slow: %6.1f s %s %s", e.Elapsed, e.pkg(), e.Test)
		}
	}
	fmt.Printf("%s: %d passed, %d failed, %d skipped\n", title, r.passed, r.failed, r.skipped)
}
