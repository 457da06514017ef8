// Package attacks shows that the tests of docs/security.md's known attacks bite: each is
// run against a build of rt that lacks the defence, and must fail there because the attack
// succeeds. A test that passes on the weakened build too would say nothing.
//
// The weakened sources are laid over the tree for one build (go help build, -overlay), so
// that nothing in it changes.
package attacks

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// weakening takes a defence away.
type weakening struct {
	// attack is how a row of docs/security.md begins, or the number of a defence.
	attack string
	// without says what is taken away. Where another defence holds too, it goes as well,
	// and the sentence says so.
	without string
	edits   []edit
	// bites are tests that pass with the defence, and must fail without.
	bites []bite
}

// edit replaces a text, which occurs once, in a file of the tree.
type edit struct{ file, old, with string }

// bite is a test, which says something that matches when the attack succeeds.
type bite struct {
	pkg    string // a directory of the tree, or scripts
	run    string // the test's name, of a subtest too; or the script's
	saying string
}

// scripts is where the scripts of tests/script are.
const scripts = "tests/script/testdata"

func script(name, saying string) bite { return bite{scripts, name, saying} }

// ofProgram reports whether the test is of the built program, and not of a package.
func (b bite) ofProgram() bool { return strings.HasPrefix(b.pkg, "tests/script") }

// goTest returns the -run pattern of go test, the module's directory, and the package.
func (b bite) goTest() (run, module, pkg string) {
	if b.pkg == scripts {
		return "^TestScripts$/^" + b.run + "$", "", "./tests/script"
	}
	var parts []string
	for part := range strings.SplitSeq(b.run, "/") {
		parts = append(parts, "^"+strings.ReplaceAll(regexp.QuoteMeta(part), " ", "_")+"$")
	}
	if pkg, ok := strings.CutPrefix(b.pkg, "shim/"); ok {
		return strings.Join(parts, "/"), "shim", "./" + pkg
	}
	return strings.Join(parts, "/"), "", "./" + b.pkg
}

// name is how docs/security.md names the test: "attack_passwd", "mount: TestRace".
func (b bite) name() string {
	if b.pkg == scripts {
		return b.run
	}
	test, _, _ := strings.Cut(b.run, "/")
	return filepath.Base(b.pkg) + ": " + test
}

// apply returns the weakened files of the tree root. The error says which text is not found
// any more.
func (w *weakening) apply(root string) (map[string][]byte, error) {
	changed := map[string][]byte{}
	var faults []error
	for _, e := range w.edits {
		text, ok := changed[e.file]
		if !ok {
			var err error
			if text, err = os.ReadFile(filepath.Join(root, e.file)); err != nil {
				return nil, err
			}
		}
		if n := strings.Count(string(text), e.old); n != 1 {
			faults = append(faults, fmt.Errorf("%s: has %d times, not once:\n%s", e.file, n, e.old))
		}
		changed[e.file] = []byte(strings.Replace(string(text), e.old, e.with, 1))
	}
	return changed, errors.Join(faults...)
}

// overlay writes changed files into dir, and the file that -overlay wants.
func overlay(dir, root string, changed map[string][]byte) (string, error) {
	replace := map[string]string{}
	for file, text := range changed {
		to := filepath.Join(dir, strings.ReplaceAll(file, "/", "_"))
		if err := os.WriteFile(to, text, 0o644); err != nil {
			return "", err
		}
		replace[filepath.Join(root, file)] = to
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "overlay.json")
	return path, os.WriteFile(path, text, 0o644)
}
