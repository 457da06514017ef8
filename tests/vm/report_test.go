package main

import (
	"strings"
	"testing"
)

func TestReport(t *testing.T) {
	const stream = `
{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestA","Output":"=== RUN   TestA\n"}
{"Action":"output","Package":"p","Test":"TestA","Output":"    a_test.go:1: wrong\n"}
{"Action":"fail","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestB","Output":"    b_test.go:12: needs a: b\n"}
{"Action":"output","Package":"p","Test":"TestB","Output":"--- SKIP: TestB (0.00s)\n"}
{"Action":"skip","Package":"p","Test":"TestB"}
{"Action":"pass","Package":"p","Test":"TestC"}
{"Action":"fail","Package":"p","Elapsed":1.5}
{"Action":"build-output","ImportPath":"q","Output":""}
{"Action":"fail","Package":"q","Elapsed":0}
`
	r := newReport("root", false)
	r.read(strings.NewReader(stream))
	if r.passed != 1 || r.failed != 2 || r.skipped != 1 {
		t.Errorf("%d passed, %d failed, %d skipped; want 1, 2 (a test and a package that was not built), 1", r.passed, r.failed, r.skipped)
	}
	if r.reasons["needs a: b"] != 1 {
		t.Errorf("reasons: %v", r.reasons)
	}
}

func TestShellQuote(t *testing.T) {
	if got := shellQuote(`it's $x`); got != `'it'\''s $x'` {
		t.Error(got)
	}
}
