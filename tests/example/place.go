package example

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/oci-rt/rt/tests/golden"
)

// Place is where examples are run.
type Place struct {
	RT string // the rt under test
	// Enter is a command that runs the command that follows it in a world of its own,
	// where rt is installed and has its usual directory for states. If it is nil, the
	// examples run on the machine, and rt has another directory.
	Enter []string
	// Takes reports whether sessions with these needs are run. If it is nil, all are.
	Takes func(needs []string) bool
}

// Run runs the examples of all documents, which are below the directory root. Each
// session is a test.
func (p *Place) Run(t *testing.T, root string) {
	found := 0
	for _, path := range documents(t, root) {
		d := read(t, path)
		if !d.hasFor(p) {
			continue
		}
		t.Run(strings.TrimPrefix(path, root+"/"), func(t *testing.T) {
			for _, s := range d.sessions {
				if p.takes(s) {
					found++
					t.Run(s.name(), func(t *testing.T) { s.run(t, p) })
				}
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

func (p *Place) takes(s *session) bool { return p.Takes == nil || p.Takes(s.needs) }

// hasFor reports whether a document has a session for a place.
func (d *document) hasFor(p *Place) bool {
	for _, s := range d.sessions {
		if p.takes(s) {
			return true
		}
	}
	return false
}

// documents returns the paths of all documents.
func documents(t *testing.T, root string) []string {
	t.Helper()
	paths := []string{root + "/README.md", root + "/HACKING.md"}
	for _, pattern := range []string{"/docs/*.md", "/docs/*/*.md"} {
		more, err := filepath.Glob(root + pattern)
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, more...)
	}
	return paths
}
