package policy

import (
	"go/ast"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// maxLines is the length that no function outside tests exceeds. It is no aim:
// nine in ten have less than half of it.
const maxLines = 80

func TestFunctions(t *testing.T) {
	for _, f := range parseTree(t) {
		for _, decl := range f.syntax.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || f.test {
				continue
			}
			if fn.Name.Name == "init" && fn.Recv == nil {
				t.Errorf("%s: has an init function: every command pays for it, and nobody sees it called", f.path)
			}
			lines := f.fset.Position(fn.End()).Line - f.fset.Position(fn.Pos()).Line + 1
			if lines > maxLines {
				t.Errorf("%s: %s has %d lines, more than %d", f.path, fn.Name.Name, lines, maxLines)
			}
		}
	}
}

// TestStartUp: every command pays for the expressions that a package compiles before main.
// The three that once were for ps took a twentieth of the time of state.
func TestStartUp(t *testing.T) {
	for _, f := range parseTree(t) {
		if f.test || f.syntax.Name.Name == "main" || strings.HasPrefix(f.path, "tests/") {
			continue
		}
		for _, decl := range f.syntax.Decls {
			if d, ok := decl.(*ast.GenDecl); ok && d.Tok == token.VAR && calls(d, "regexp") {
				t.Errorf("%s: a package variable is a regular expression", f.fset.Position(d.Pos()))
			}
		}
	}
}

// calls reports whether a function of a package is called in n, outside of functions.
func calls(n ast.Node, pkg string) (found bool) {
	ast.Inspect(n, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			if sel, ok := call.Fun.(*ast.SelectorExpr); ok {
				x, ok := sel.X.(*ast.Ident)
				found = found || ok && x.Name == pkg
			}
		}
		_, inside := n.(*ast.FuncLit)
		return !inside
	})
	return found
}

// TestFlagsOfLibrary: whoever calls the library has no command line. What it says of
// options, and what helps, is for internal/cli to say in flags.
func TestFlagsOfLibrary(t *testing.T) {
	flag := regexp.MustCompile(`(^|[ (:"])--[a-z]|\brt (spec|create|start|run|exec|kill|delete|restore|checkpoint)\b`)
	for _, f := range parseTree(t) {
		top, _, _ := strings.Cut(f.path, "/")
		bench := strings.HasPrefix(f.path, "shim/bench/") // calls programs
		if f.test || bench || !slices.Contains([]string{"libcontainer", "spec", "checkpoint", "shim"}, top) {
			continue
		}
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			if s, ok := n.(*ast.BasicLit); ok && s.Kind == token.STRING && flag.MatchString(s.Value) {
				t.Errorf("%s: %s names a flag or a command of rt's", f.fset.Position(s.Pos()), s.Value)
			}
			return true
		})
	}
}

// TestUnsafeFiles keeps unsafe code where a reader expects it.
func TestUnsafeFiles(t *testing.T) {
	for _, f := range parseTree(t) {
		name := strings.TrimSuffix(strings.TrimSuffix(filepath.Base(f.path), ".go"), "_test")
		for _, arch := range []string{"_amd64", "_arm64", "_s390x", "_linux"} {
			name = strings.TrimSuffix(name, arch)
		}
		if slices.Contains(f.imports, "unsafe") && !strings.HasSuffix(name, "_unsafe") {
			t.Errorf("%s: imports unsafe, so its name must end in _unsafe.go", f.path)
		}
	}
}

// TestAssembly keeps assembly in the packages that explain it.
func TestAssembly(t *testing.T) {
	allowed := []string{"libcontainer/image"}
	for _, depth := range []string{"", "*/", "*/*/", "*/*/*/"} {
		files, err := filepath.Glob(filepath.Join(root, depth+"*.[sS]"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if dir, _ := filepath.Rel(root, filepath.Dir(f)); !slices.Contains(allowed, dir) {
				t.Errorf("%s: assembly belongs into %v", f, allowed)
			}
		}
	}
}
