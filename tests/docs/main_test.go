// Package docs runs the examples of the documents: every block of ```console in
// README.md, HACKING.md and docs/*.md is typed into a shell, and what it prints
// is what the document says. "go test ./tests/docs -update" writes what it
// prints into the document. Those that need an engine run in tests/engines.
//
// HACKING.md says how to write an example.
package docs

import (
	"os"
	"testing"

	"github.com/oci-rt/rt/tests/built"
	"github.com/oci-rt/rt/tests/example"
)

// binary is the rt under test. TestMain sets it.
var binary string

func TestMain(m *testing.M) {
	if status, is := example.Tool(); is {
		os.Exit(status)
	}
	os.Exit(built.Run(m, &binary))
}

func TestExamples(t *testing.T) {
	p := example.Place{RT: binary}
	p.Run(t, "../..")
}
