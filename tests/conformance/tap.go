package main

import "strings"

// tap is what a program says in the Test Anything Protocol.
type tap struct {
	ok, skipped int
	notOK       []string // their descriptions
}

// parseTAP finds the test points of an output: lines that begin with "ok" or
// "not ok". Other lines are for people.
func parseTAP(output string) tap {
	var t tap
	for line := range strings.Lines(output) {
		text, failed := strings.CutPrefix(line, "not ok ")
		point, passed := strings.CutPrefix(line, "ok ")
		switch {
		case failed && strings.Contains(text, "# TODO"): // allowed to fail
			t.skipped++
		case failed:
			t.notOK = append(t.notOK, description(text))
		case passed && strings.Contains(point, "# SKIP"):
			t.skipped++
		case passed:
			t.ok++
		}
	}
	return t
}

// points is how many test points there are.
func (t tap) points() int { return t.ok + t.skipped + len(t.notOK) }

// description is what stands behind a test point's number.
func description(point string) string {
	_, text, _ := strings.Cut(strings.TrimSpace(point), " ")
	return strings.TrimPrefix(text, "- ")
}
