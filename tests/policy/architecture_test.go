package policy

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestArchitecturePackages holds the table of packages in docs/architecture.md
// against the packages that there are.
func TestArchitecturePackages(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "docs/architecture.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(text), "\n| package | what it is |\n")
	if !found {
		t.Fatal("docs/architecture.md has no table of packages")
	}
	table, _, _ = strings.Cut(table, "\n\n")
	var listed []string
	for _, row := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\|").FindAllStringSubmatch(table, -1) {
		listed = append(listed, row[1])
	}
	slices.Sort(listed)
	packages := map[string]bool{}
	for _, f := range parseTree(t) {
		if !f.test && f.pkg != "" && !strings.HasPrefix(f.pkg, "tests/") {
			packages[f.pkg] = true
		}
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(packages)), listed); diff != "" {
		t.Errorf("docs/architecture.md lists other packages than there are (-there +listed):\n%s", diff)
	}
}
