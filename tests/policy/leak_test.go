package policy

import (
	"go/ast"
	"maps"
	"slices"
	"strings"
	"testing"
)

// TestDescriptorLeaks: the tests of every package that reaches outside the process look
// for descriptors that were left open.
func TestDescriptorLeaks(t *testing.T) {
	looks := map[string]bool{} // the packages with tests, and whether they look
	for _, f := range parseTree(t) {
		if f.test && !strings.HasPrefix(f.pkg, "tests/") && !rules[f.pkg].Pure {
			looks[f.pkg] = looks[f.pkg] || callsLeakMain(f.syntax)
		}
	}
	for _, pkg := range slices.Sorted(maps.Keys(looks)) {
		if !looks[pkg] {
			t.Errorf("package %q has no TestMain that calls leak.Main", pkg)
		}
	}
}

// callsLeakMain reports whether a file has a TestMain that calls leak.Main.
func callsLeakMain(file *ast.File) (found bool) {
	for _, decl := range file.Decls {
		if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "TestMain" {
			ast.Inspect(fn, func(n ast.Node) bool {
				if sel, ok := n.(*ast.SelectorExpr); ok {
					x, ok := sel.X.(*ast.Ident)
					found = found || ok && x.Name == "leak" && sel.Sel.Name == "Main"
				}
				return true
			})
		}
	}
	return found
}
