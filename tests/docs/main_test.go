// Package docs runs the examples of the documents: every block of ```console in
// README.md, HACKING.md and docs/*.md is typed into a shell, and what it prints
// is what the document says. "go test ./tests/docs -update" writes what it
// prints into the document.
//
// HACKING.md says how to write an example.
package docs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/oci-rt/rt/tests/built"
	"github.com/oci-rt/rt/tests/golden"
)

// binary is the rt under test. TestMain sets it.
var binary string

func TestMain(m *testing.M) {
	if tool, ok := tools[filepath.Base(os.Args[0])]; ok {
		os.Exit(runTool(tool))
	}
	os.Exit(built.Run(m, &binary))
}

func TestExamples(t *testing.T) {
	found := 0
	for _, path := range documents(t) {
		d := read(t, path)
		t.Run(strings.TrimPrefix(path, "../../"), func(t *testing.T) {
			for _, s := range d.sessions {
				found++
				t.Run(s.name(), func(t *testing.T) { s.run(t) })
			}
			if golden.Updating() {
				d.write(t)
			}
		})
	}
	if found == 0 {
		t.Error("found no example")
	}
}

// documents returns the paths of all documents.
func documents(t *testing.T) []string {
	t.Helper()
	paths := []string{"../../README.md", "../../HACKING.md"}
	for _, pattern := range []string{"../../docs/*.md", "../../docs/*/*.md"} {
		more, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, more...)
	}
	return paths
}
