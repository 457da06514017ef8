package policy

import (
	"slices"
	"strings"
	"testing"
)

// module is the path that all our packages begin with.
const module = "github.com/oci-rt/rt"

func TestImports(t *testing.T) {
	for _, f := range parseTree(t) {
		if f.test {
			continue // the compiler forbids cycles, and that is enough for tests
		}
		rule, ok := rules[f.pkg]
		if !ok {
			t.Errorf("%s: package %q has no rule: add one to tests/policy/rules_test.go", f.path, f.pkg)
			continue
		}
		for _, imp := range f.imports {
			if why := rule.refuses(imp); why != "" {
				t.Errorf("%s: imports %s: %s", f.path, imp, why)
			}
		}
	}
}

func TestTestImports(t *testing.T) {
	for _, f := range parseTree(t) {
		rule := rules[f.pkg]
		for _, imp := range f.imports {
			if !f.test || !isThird(imp) {
				continue
			}
			if !match(rule.Third, imp) && !match(testOnly, imp) && !anyRuleAllows(imp) {
				t.Errorf("%s: imports %s, which no rule of tests/policy/rules_test.go allows", f.path, imp)
			}
		}
	}
}

// TestRulesAreInUse keeps the table from allowing what nobody does any more.
func TestRulesAreInUse(t *testing.T) {
	packages := map[string]bool{}
	for _, f := range parseTree(t) {
		packages[f.pkg] = true
	}
	for pkg, rule := range rules {
		if !packages[pkg] {
			t.Errorf("rule for %q: no such package", pkg)
		}
		for _, ours := range rule.Ours {
			if _, ok := rules[ours]; !ok {
				t.Errorf("rule for %q allows %q, which has no rule", pkg, ours)
			}
		}
	}
}

func TestRefuses(t *testing.T) {
	rule := Rule{Ours: []string{"spec"}, Third: []string{"example.org/a", "example.org/b/..."}, Guarded: []string{"os/exec"}}
	pure := Rule{Pure: true}
	tests := []struct {
		rule Rule
		imp  string
		ok   bool
	}{
		{rule, module + "/spec", true},
		{rule, module + "/libcontainer", false},
		{rule, module, false},
		{rule, "example.org/a", true},
		{rule, "example.org/a/sub", false},
		{rule, "example.org/b", true},
		{rule, "example.org/b/sub", true},
		{rule, "example.org/c", false},
		{rule, "os", true},
		{rule, "os/exec", true},
		{rule, "unsafe", false},
		{rule, "net/http", false},
		{pure, "os", false},
		{pure, "path/filepath", false},
		{pure, "strings", true},
	}
	for _, test := range tests {
		if why := test.rule.refuses(test.imp); (why == "") != test.ok {
			t.Errorf("refuses(%q) = %q, want allowed: %v", test.imp, why, test.ok)
		}
	}
}

// refuses says why the rule forbids an import, or "" if it does not.
func (r Rule) refuses(imp string) string {
	switch {
	case imp == module || strings.HasPrefix(imp, module+"/"):
		if !slices.Contains(r.Ours, strings.TrimPrefix(imp, module+"/")) {
			return "its rule does not allow this package of ours"
		}
	case isThird(imp):
		if !match(r.Third, imp) {
			return "its rule does not allow this module"
		}
	case match(guarded, imp) && !slices.Contains(r.Guarded, imp):
		return "its rule does not allow this guarded package"
	case r.Pure && match(impure, imp):
		return "the package is pure"
	}
	return ""
}

func anyRuleAllows(imp string) bool {
	for _, rule := range rules {
		if match(rule.Third, imp) {
			return true
		}
	}
	return false
}

// isThird reports whether the import is neither ours nor the standard
// library's, whose paths have no dot in the first element.
func isThird(imp string) bool {
	first, _, _ := strings.Cut(imp, "/")
	return strings.Contains(first, ".") && imp != module && !strings.HasPrefix(imp, module+"/")
}

func match(patterns []string, imp string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		if prefix, ok := strings.CutSuffix(p, "/..."); ok {
			return imp == prefix || strings.HasPrefix(imp, prefix+"/")
		}
		return imp == p
	})
}
