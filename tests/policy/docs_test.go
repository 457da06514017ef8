package policy

import (
	"go/ast"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestDocsTestNames looks for the tests that the documents name, so that a
// renamed test does not leave a claim without one.
func TestDocsTestNames(t *testing.T) {
	tests := map[string]bool{}
	for _, f := range parseTree(t) {
		for _, decl := range f.syntax.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && f.test {
				tests[fn.Name.Name] = true
			}
		}
	}
	scripts, err := filepath.Glob(filepath.Join(root, "tests/script/testdata/*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	commands := map[string]bool{}
	for _, s := range scripts {
		name := strings.TrimSuffix(filepath.Base(s), ".txtar")
		command, _, _ := strings.Cut(name, "_")
		tests[name], commands[command] = true, true
	}
	name := regexp.MustCompile("\\bTest[A-Z]\\w+|`(?:" + strings.Join(slices.Sorted(maps.Keys(commands)), "|") + ")_[a-z0-9]+`")
	for _, doc := range []string{"docs/security.md", "docs/exec.md", "docs/compatibility.md", "docs/lifecycle.md", "docs/architecture.md", "HACKING.md"} {
		data, err := os.ReadFile(filepath.Join(root, doc))
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range name.FindAllString(string(data), -1) {
			if !tests[strings.Trim(n, "`")] {
				t.Errorf("%s names the test %s, which does not exist", doc, n)
			}
		}
	}
}
