package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

// result is how one program ended.
type result struct {
	name     string
	status   int
	tries    int
	timedOut bool
	tap      tap
	left     []string // containers
	output   string
}

// failure says why the program failed, or "" if it passed. A program that
// prints no test point is judged by its exit status.
func (r result) failure() string {
	switch {
	case len(r.tap.notOK) > 0:
		return fmt.Sprintf("%d of %d: %s", len(r.tap.notOK), r.tap.points(), r.tap.notOK[0])
	case r.timedOut:
		return "time limit"
	case r.status != 0:
		return fmt.Sprintf("exit status %d: %s", r.status, lastLine(r.output))
	}
	return ""
}

// verdict is what the table says of a program. "known" is a known failure.
func (r result) verdict() string {
	switch {
	case r.failure() != "" && isKnown(r.name):
		return "known"
	case r.failure() != "":
		return "FAIL"
	case r.tap.points() > 0 && r.tap.ok == 0:
		return "skip"
	}
	return "pass"
}

// remark says more of it.
func (r result) remark() string {
	switch {
	case r.failure() != "":
		return r.failure()
	case r.tap.points() == 0:
		return "no test points: by exit status"
	case r.tries > 1:
		return fmt.Sprintf("%d points, %d of them skipped; at try %d", r.tap.points(), r.tap.skipped, r.tries)
	}
	return fmt.Sprintf("%d points, %d of them skipped", r.tap.points(), r.tap.skipped)
}

func lastLine(output string) string {
	lines := strings.Split(strings.TrimSpace(output), "\n")
	return lines[len(lines)-1]
}

// table is all results.
type table struct{ results []result }

func (t *table) add(r result) { t.results = append(t.results, r) }

func (t *table) print(w io.Writer) {
	counts := map[string]int{}
	for _, r := range t.results {
		counts[r.verdict()]++
		fmt.Fprintf(w, "%-5s  %-30s  %.120s\n", r.verdict(), r.name, r.remark())
	}
	fmt.Fprintf(w, "%d programs: %d pass, %d skip, %d fail as known, %d fail\n",
		len(t.results), counts["pass"], counts["skip"], counts["known"], counts["FAIL"])
}

// unexpected returns an error that names the programs whose result is not what
// is known of them.
func (t *table) unexpected() error {
	var errs []error
	for _, r := range t.results {
		switch {
		case r.verdict() == "FAIL":
			errs = append(errs, fmt.Errorf("%s fails", r.name))
		case r.verdict() == "pass" && isKnown(r.name):
			errs = append(errs, fmt.Errorf("%s passes, and is in the list of known failures", r.name))
		}
	}
	return errors.Join(errs...)
}
