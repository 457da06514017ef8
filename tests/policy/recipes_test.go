package policy

import (
	"cmp"
	"go/ast"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestRecipes holds the recipes of HACKING.md ("How to …") against the tree: the files,
// packages, names, tests, make targets and commands of rt that they name exist.
func TestRecipes(t *testing.T) {
	tree := readTree(t)
	found := 0
	for name, text := range recipes(t) {
		checked := 0
		for _, m := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(text, -1) {
			fault, known := tree.fault(strings.Join(strings.Fields(m[1]), " "))
			if fault != "" {
				t.Errorf("%s: `%s`: %s", name, m[1], fault)
			}
			if known {
				checked++
			}
		}
		if found++; checked == 0 {
			t.Errorf("%s: names nothing that could be checked", name)
		}
	}
	if found < 12 {
		t.Errorf("found %d recipes", found)
	}
}

// TestRecipesFollowed: each recipe names a commit that followed it, by its subject.
func TestRecipesFollowed(t *testing.T) {
	out, err := exec.Command("git", "-C", root, "log", "--format=%s").Output()
	subjects := strings.Split(string(out), "\n")
	shallow, _ := exec.Command("git", "-C", root, "rev-parse", "--is-shallow-repository").Output()
	if err != nil || strings.TrimSpace(string(shallow)) != "false" {
		t.Skip("needs the history of the tree")
	}
	followed := regexp.MustCompile(`Followed by “([^”]+)”`)
	for name, text := range recipes(t) {
		m := followed.FindStringSubmatch(strings.Join(strings.Fields(text), " "))
		if m == nil {
			t.Errorf("%s: names no commit: Followed by “SUBJECT”", name)
		} else if !slices.Contains(subjects, m[1]) {
			t.Errorf("%s: there is no commit %q", name, m[1])
		}
	}
}

// recipes returns the recipes of HACKING.md by their names.
func recipes(t *testing.T) map[string]string {
	t.Helper()
	_, text, ok := strings.Cut(documents(t)["HACKING.md"], "\n## How to …\n")
	if !ok {
		t.Fatal("HACKING.md has no recipes")
	}
	text, _, _ = strings.Cut(text, "\n## ")
	all := map[string]string{}
	parts := regexp.MustCompile(`(?m)^\*\*([^*]+)\*\*: `).FindAllStringSubmatchIndex(text, -1)
	for i, at := range parts {
		end := len(text)
		if i+1 < len(parts) {
			end = parts[i+1][0]
		}
		all[text[at[2]:at[3]]] = text[at[1]:end]
	}
	return all
}

// names is what the tree has.
type names struct {
	files    []string            // paths from the root
	declared map[string]bool     // NAME, PACKAGE.NAME and TYPE.NAME: what is at the top level, fields and methods
	tests    map[string][]string // by package
	targets  map[string]bool     // of make
	commands map[string]bool     // of rt
}

func readTree(t *testing.T) *names {
	t.Helper()
	n := &names{declared: map[string]bool{}, tests: map[string][]string{}, targets: map[string]bool{}, commands: map[string]bool{}}
	for _, f := range parseTree(t) {
		n.declared[f.syntax.Name.Name] = true
		n.declare(f)
	}
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() && d.Name() == ".git" {
			return filepath.SkipDir
		}
		rel, _ := filepath.Rel(root, path)
		n.files = append(n.files, rel)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`(?m)^([a-z-]+):`).FindAllStringSubmatch(string(makefile), -1) {
		n.targets[m[1]] = true
	}
	pages, err := filepath.Glob(filepath.Join(root, "docs/man/rt-*.8"))
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range pages {
		n.commands[strings.TrimSuffix(strings.TrimPrefix(filepath.Base(page), "rt-"), ".8")] = true
	}
	return n
}

// declare takes down what a file declares.
func (n *names) declare(f file) {
	add := func(of string, names ...*ast.Ident) {
		for _, name := range names {
			n.declared[name.Name], n.declared[of+"."+name.Name] = true, true
		}
	}
	pkg := f.syntax.Name.Name
	for _, decl := range f.syntax.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			add(cmp.Or(receiver(d), pkg), d.Name)
			if f.test {
				n.tests[f.pkg] = append(n.tests[f.pkg], d.Name.Name)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch s := spec.(type) {
				case *ast.ValueSpec:
					add(pkg, s.Names...)
				case *ast.TypeSpec:
					add(pkg, s.Name)
					if fields, ok := s.Type.(*ast.StructType); ok {
						for _, field := range fields.Fields.List {
							add(s.Name.Name, field.Names...)
						}
					}
				}
			}
		}
	}
}

// receiver returns the type that a method belongs to, or "".
func receiver(fn *ast.FuncDecl) string {
	if fn.Recv == nil {
		return ""
	}
	t := fn.Recv.List[0].Type
	if star, ok := t.(*ast.StarExpr); ok {
		t = star.X
	}
	name, _ := t.(*ast.Ident)
	if name == nil {
		return ""
	}
	return name.Name
}

var (
	looksLikeFile = regexp.MustCompile(`^[\w./*<>-]+\.(go|s|md|json|yaml|txtar|sh)$|^[\w.-]+(/[\w.<>*-]+)+/?$`)
	looksLikeName = regexp.MustCompile(`^[A-Za-z]\w*(\.[A-Za-z]\w*)?$`)
)

// fault returns what is wrong with something that a recipe names, and whether it is of a
// kind that can be checked.
func (n *names) fault(what string) (fault string, known bool) {
	words := strings.Fields(what)
	switch {
	case words[0] == "make":
		return unless(n.targets[words[1]], "make has no such target"), true
	case words[0] == "go" && words[1] == "test":
		return n.goTest(words[2:]), true
	case words[0] == "rt" && len(words) > 1 && !strings.HasPrefix(words[1], "-"):
		return unless(n.commands[words[1]], "rt has no such command"), true
	case looksLikeFile.MatchString(what):
		return unless(n.file(what), "there is no such file"), true
	case looksLikeName.MatchString(what):
		return unless(n.declared[what], "nothing declares it"), true
	}
	return "", false
}

func unless(so bool, fault string) string {
	if so {
		return ""
	}
	return fault
}

// file reports whether there is a file of this path, or of this name anywhere. <arch> and
// * stand for any text.
func (n *names) file(path string) bool {
	pattern := regexp.MustCompile(`<\w+>`).ReplaceAllString(strings.TrimSuffix(path, "/"), "*")
	return slices.ContainsFunc(n.files, func(f string) bool {
		whole, _ := filepath.Match(pattern, f)
		base, _ := filepath.Match(pattern, filepath.Base(f))
		return whole || base
	})
}

// goTest checks the packages and the tests of a command line of go test.
func (n *names) goTest(args []string) string {
	var packages []string
	filter := "."
	for i, arg := range args {
		if dir, ok := strings.CutPrefix(arg, "./"); ok {
			packages = append(packages, dir)
		}
		if arg == "-run" && i+1 < len(args) {
			filter, _, _ = strings.Cut(strings.Trim(args[i+1], "'"), "/")
		}
	}
	for _, pkg := range packages {
		for part := range strings.SplitSeq(filter, "|") {
			match := regexp.MustCompile(part).MatchString
			if !slices.ContainsFunc(n.tests[pkg], match) {
				return pkg + " has no test " + part
			}
		}
	}
	return unless(len(packages) > 0, "names no package")
}

// TestRecipeFaults: what is not there is found.
func TestRecipeFaults(t *testing.T) {
	tree := readTree(t)
	for what, want := range map[string]string{
		"make lint": "", "make nothing": "make has no such target", "make nothing X=1": "make has no such target",
		"go test ./libcontainer/compile -run Golden -update": "", "go test ./libcontainer/compile -run Silver": "libcontainer/compile has no test Silver",
		"go test ./no/such": "no/such has no test .", "rt plan": "", "rt plan --diff": "", "rt fly": "rt has no such command",
		"spec/mountoption_table.go": "", "spec/no_such.go": "there is no such file", "elf.go": "", "interp_<arch>.s": "", "tests/policy": "",
		"compile.Start": "", "compile.Stop": "nothing declares it", "Builder": "", "Builder.At": "", "Demolisher": "nothing declares it",
	} {
		if got, known := tree.fault(what); got != want || !known {
			t.Errorf("%s: got %q, %v, want %q", what, got, known, want)
		}
	}
}

// TestDocsMakeTargets: a command of make in a document has its target.
func TestDocsMakeTargets(t *testing.T) {
	tree := readTree(t)
	command := regexp.MustCompile("(?m)^make ([a-z][a-z-]*)|`make ([a-z][a-z-]*)(?:`| [A-Z]+=)")
	found := 0
	for doc, text := range documents(t) {
		for _, m := range command.FindAllStringSubmatch(text, -1) {
			if target := m[1] + m[2]; !tree.targets[target] {
				t.Errorf("%s names make %s, which the Makefile does not have", doc, target)
			}
			found++
		}
	}
	if found < 40 {
		t.Errorf("found %d commands of make", found)
	}
}
