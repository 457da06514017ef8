package policy

import (
	"go/ast"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestRefusedProperties compares the list of what rt refuses in
// docs/compatibility.md with the table in spec/unsupported.go.
func TestRefusedProperties(t *testing.T) {
	code := unsupportedTable(t)
	doc := refusedInDocs(t)
	if len(code) == 0 {
		t.Fatal("no table found in spec/unsupported.go")
	}
	for _, name := range code {
		if !slices.Contains(doc, name) {
			t.Errorf("%s is refused, and docs/compatibility.md does not say so", name)
		}
	}
	for _, name := range doc {
		if !slices.Contains(code, name) {
			t.Errorf("docs/compatibility.md says that %s is refused, and spec/unsupported.go does not have it", name)
		}
	}
}

// unsupportedTable returns the first string of each element of the table.
func unsupportedTable(t *testing.T) []string {
	t.Helper()
	f, err := parseFile(filepath.Join(root, "spec/unsupported.go"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	ast.Inspect(f.syntax, func(n ast.Node) bool {
		list, ok := n.(*ast.CompositeLit)
		if !ok || len(list.Elts) == 0 {
			return true
		}
		lit, ok := list.Elts[0].(*ast.BasicLit)
		if !ok || lit.Kind != token.STRING {
			return true
		}
		name, err := strconv.Unquote(lit.Value)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
		return false
	})
	return names
}

// refusedInDocs returns the names in the table below the heading "Refused".
func refusedInDocs(t *testing.T) []string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, "docs/compatibility.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(data), "\n### Refused\n")
	if !found {
		t.Fatal("docs/compatibility.md has no section Refused")
	}
	section, _, _ = strings.Cut(section, "\n#")
	var names []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\|").FindAllStringSubmatch(section, -1) {
		names = append(names, m[1])
	}
	return names
}

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
