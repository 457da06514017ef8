package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

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

// report collects the events of a run and prints what people want to see.
type report struct {
	user                    string
	verbose                 bool
	passed, failed, skipped int
	slowest                 []event                   // the ends of the tests that took longest, longest first
	output                  map[string][]string       // of each test that runs, and of packages
	running                 map[string]*event         // the starts of the tests that run
	reasons                 map[string]int            // why tests were skipped
	counts                  map[string]map[string]int // of each package's tests, by action
	last                    time.Time                 // when something was printed
}

// silence is how long a run may go on without a word.
const silence = 15 * time.Second

func newReport(user string, verbose bool) *report {
	return &report{
		user: user, verbose: verbose,
		output: map[string][]string{}, running: map[string]*event{},
		reasons: map[string]int{}, counts: map[string]map[string]int{},
		last: time.Now(),
	}
}

// reportTests runs go test -json and tells how it goes.
func reportTests(cmd *exec.Cmd, user string, verbose bool) error {
	r := newReport(user, verbose)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	r.read(out)
	err = cmd.Wait()
	r.summary()
	if err != nil {
		return fmt.Errorf("tests as %s: go test: %w", user, err)
	}
	if r.passed == 0 {
		return fmt.Errorf("tests as %s: none ran", user)
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
		if r.verbose || e.Action == "build-output" {
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
			r.endOfPackage(e)
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
	r.print("…    %-24s %s, for %.0f s; %d have passed", oldest.pkg(), oldest.Test, time.Since(oldest.Time).Seconds(), r.passed)
}

func (r *report) endOfTest(e *event, output []string) {
	if r.counts[e.Package] == nil {
		r.counts[e.Package] = map[string]int{}
	}
	r.counts[e.Package][e.Action]++
	r.time(e)
	switch e.Action {
	case "pass":
		r.passed++
	case "fail":
		r.failed++
		if !r.verbose {
			r.print("FAIL %s %s\n%s", e.pkg(), e.Test, strings.Join(output, ""))
		}
	case "skip":
		r.skipped++
		r.reasons[reason(output)]++
	}
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

func (r *report) endOfPackage(e *event) {
	word := map[string]string{"pass": "ok  ", "fail": "FAIL", "skip": "none"}[e.Action]
	n := r.counts[e.Package]
	if e.Action == "fail" && n["fail"] == 0 {
		r.failed++ // not built, or ended by a panic or TestMain
	}
	r.print("%s %-24s %6.1f s  %3d passed, %d failed, %d skipped", word, e.pkg(), e.Elapsed, n["pass"], n["fail"], n["skip"])
	if e.Action == "fail" && !r.verbose {
		// What belongs to no test: a panic, a leak found by TestMain.
		r.print("%s", strings.Join(r.output[e.Package+" "], ""))
	}
}

func (r *report) print(format string, args ...any) {
	say(format, args...)
	r.last = time.Now()
}

// reason returns why a test was skipped: the last line before its result,
// without the place in the source.
func reason(output []string) string {
	for _, line := range slices.Backward(output) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "--- ") || strings.HasPrefix(line, "=== ") {
			continue
		}
		if _, text, ok := strings.Cut(line, ": "); ok {
			return text
		}
		return line
	}
	return "no reason given"
}

// summary prints why tests were skipped, which took longest, and the counts in a form that CI
// systems know.
func (r *report) summary() {
	for why, n := range r.reasons {
		say("skipped %d: %s", n, why)
	}
	for _, e := range r.slowest {
		say("slow: %6.1f s %s %s", e.Elapsed, e.pkg(), e.Test)
	}
	fmt.Printf("%s: %d passed, %d failed, %d skipped\n", r.user, r.passed, r.failed, r.skipped)
}
