package main

import (
	"encoding/json"
	"fmt"
	"io"
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
	output                  map[string][]string       // of each test that runs, and of packages
	reasons                 map[string]int            // why tests were skipped
	counts                  map[string]map[string]int // of each package's tests, by action
	last                    time.Time                 // when something was printed
}

// silence is how long a run may go on without a word.
const silence = 15 * time.Second

func newReport(user string, verbose bool) *report {
	return &report{
		user: user, verbose: verbose,
		output: map[string][]string{}, reasons: map[string]int{}, counts: map[string]map[string]int{},
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
	decoder := json.NewDecoder(out)
	for {
		var e event
		if err := decoder.Decode(&e); err != nil {
			break
		}
		r.add(&e)
	}
	_, _ = io.Copy(os.Stdout, io.MultiReader(decoder.Buffered(), out))
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
	case "run":
		r.heartbeat(e)
	case "pass", "fail", "skip":
		if e.Test == "" {
			r.endOfPackage(e)
		} else {
			r.endOfTest(e, r.output[key])
		}
		delete(r.output, key)
	}
}

// heartbeat breaks a long silence with the name of a test that runs.
func (r *report) heartbeat(e *event) {
	if time.Since(r.last) > silence {
		r.print("…    %-24s %s", e.pkg(), e.Test)
	}
}

func (r *report) endOfTest(e *event, output []string) {
	if r.counts[e.Package] == nil {
		r.counts[e.Package] = map[string]int{}
	}
	r.counts[e.Package][e.Action]++
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

// summary prints why tests were skipped, and the counts in a form that CI
// systems know.
func (r *report) summary() {
	for why, n := range r.reasons {
		say("skipped %d: %s", n, why)
	}
	fmt.Printf("%s: %d passed, %d failed, %d skipped\n", r.user, r.passed, r.failed, r.skipped)
}
