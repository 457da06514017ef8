package policy

import (
	"fmt"
	"go/ast"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
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
	for doc, text := range documents(t) {
		if doc == "docs/conformance.md" {
			continue // it names the programs of the OCI's suite
		}
		for _, n := range name.FindAllString(text, -1) {
			if !tests[strings.Trim(n, "`")] {
				t.Errorf("%s names the test %s, which does not exist", doc, n)
			}
		}
	}
}

// TestDocsTestPackages looks for the tests that the documents name behind their
// package, as in "`mount`: TestRace, TestBind".
func TestDocsTestPackages(t *testing.T) {
	tests := map[string]bool{}
	for _, f := range parseTree(t) {
		for _, decl := range f.syntax.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && f.test {
				tests[filepath.Base(f.pkg)+"."+fn.Name.Name] = true
			}
		}
	}
	list := regexp.MustCompile("`([a-z]+)`: ((?:Test|Fuzz)\\w+(?:,\\s(?:Test|Fuzz)\\w+)*)")
	found := 0
	for doc, text := range documents(t) {
		for _, m := range list.FindAllStringSubmatch(strings.ReplaceAll(text, "\n", " "), -1) {
			for _, name := range strings.Split(m[2], ", ") {
				if found++; !tests[m[1]+"."+name] {
					t.Errorf("%s names the test %s of package %s, which does not have it", doc, name, m[1])
				}
			}
		}
	}
	if found < 50 {
		t.Errorf("found %d tests behind a package, want more", found)
	}
}

// TestDocsIndex holds docs/README.md against the documents: each is there once, so that
// they can be read from first to last.
func TestDocsIndex(t *testing.T) {
	all := documents(t)
	entry := regexp.MustCompile(`(?m)^- \[[^]]+\]\(([a-z-]+\.md)\)`)
	listed := map[string]int{}
	for _, m := range entry.FindAllStringSubmatch(all["docs/README.md"], -1) {
		listed["docs/"+m[1]]++
	}
	for doc := range all {
		if strings.HasPrefix(doc, "docs/") && doc != "docs/README.md" && listed[doc] != 1 {
			t.Errorf("docs/README.md lists %s %d times, want once", doc, listed[doc])
		}
	}
	for doc := range listed {
		if _, ok := all[doc]; !ok {
			t.Errorf("docs/README.md lists %s, which does not exist", doc)
		}
	}
}

// TestDocsLinks follows the links from document to document, and to a heading.
func TestDocsLinks(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^):#]*)(#[^)]*)?\)`)
	all := documents(t)
	for doc, text := range all {
		for _, m := range link.FindAllStringSubmatch(withoutBlocks(text), -1) {
			target := filepath.Join(filepath.Dir(doc), m[1])
			if m[1] == "" {
				target = doc
			}
			if _, err := os.Stat(filepath.Join(root, target)); err != nil {
				t.Errorf("%s links to %s, which does not exist", doc, m[1])
			}
			if linked, ok := all[target]; ok && m[2] != "" && !slices.Contains(anchors(linked), m[2][1:]) {
				t.Errorf("%s links to %s%s, which is no heading there", doc, m[1], m[2])
			}
		}
	}
}

// withoutBlocks returns the prose of a document.
func withoutBlocks(text string) string {
	var prose strings.Builder
	block := false
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "```") {
			block = !block
		} else if !block {
			prose.WriteString(line)
		}
	}
	return prose.String()
}

// anchors returns what the headings of a document are linked by, as GitHub has it.
func anchors(text string) (list []string) {
	heading := regexp.MustCompile(`(?m)^#+ (.*)$`)
	dropped := regexp.MustCompile(`[^\p{L}\p{N} _-]`)
	for _, m := range heading.FindAllStringSubmatch(withoutBlocks(text), -1) {
		list = append(list, strings.ReplaceAll(dropped.ReplaceAllString(strings.ToLower(m[1]), ""), " ", "-"))
	}
	return list
}

// fences are the kinds of blocks in documents. tests/docs runs each ```console:
// all others are what cannot be typed and compared there, such as what installs
// programs, the configuration of engines, and figures.
var fences = []string{"console", "sh", "text", "json", "toml", "yaml", "ini", "go", "c"}

// ofRT matches a command line of rt itself.
var ofRT = regexp.MustCompile(`^([$#] )?(sudo )?rt [a-z-]`)

// TestDocsBlocks keeps examples from being written in a way that nothing runs.
func TestDocsBlocks(t *testing.T) {
	for doc, text := range documents(t) {
		for _, fault := range blockFaults(text) {
			t.Errorf("%s:%s", doc, fault)
		}
	}
}

func TestBlockFaults(t *testing.T) {
	text := strings.Join([]string{
		"```console", "# rt list", "```", "```sh", "make build", "# rt list", "```", "", // 6 is a fault
		"    rt list", "- a list", "    of things", "```rust", "```", " ```console", "", // 9, 12 and 14 are
		"<!-- example: new", "", "    a comment", "-->", // to 19
		"```toml", "a = 1", "```", "```sh", "docker run x", "```", "", // 24 is a fault; 20 may be the file of the comment
		"```toml", "a = 1", "```", "<!-- not run: no machine has it -->", "```sh", "docker run x", "```", // 27 is
	}, "\n")
	got := blockFaults(text)
	for i, want := range []string{"6: ", "9: ", "12: ", "14: ", "24: ", "27: "} {
		if len(got) != 6 || !strings.HasPrefix(got[i], want) {
			t.Fatalf("got %q", got)
		}
	}
}

// forReaders are the kinds of blocks that a reader types or writes to a file. One that no
// test types or writes says why.
var forReaders = []string{"json", "toml", "yaml", "ini", "sh"}

// excuse matches what stands before such a block: that it is a file of an example, or why
// it is not. Commands of make and go are what CI does.
var excuse = regexp.MustCompile(`^(<!-- not run: .+ -->|<!-- example: file .+ -->|\s+file .+|-->)$`)

// ofBuild matches a line of a block of commands that a developer types.
var ofBuild = regexp.MustCompile(`^(#.*|(RT=\S+ )?(make|go) .*)?$`)

// blockFaults returns what is wrong with the blocks of a document, with line
// numbers.
func blockFaults(text string) (faults []string) {
	fault := func(i int, text string) { faults = append(faults, fmt.Sprintf("%d: %s", i+1, text)) }
	kind, last, comment, excused := "", "", false, false
	for i, line := range strings.Split(text, "\n") {
		language, fence := strings.CutPrefix(line, "```")
		switch {
		case fence && kind != "":
			kind = ""
		case fence:
			if kind = language; !slices.Contains(fences, kind) {
				fault(i, fmt.Sprintf("a block of kind %q (want one of %v)", kind, fences))
			}
			excused = excuse.MatchString(last)
			if slices.Contains(forReaders, kind) && kind != "sh" && !excused {
				fault(i, "a block that no test uses: say <!-- example: file PATH --> or <!-- not run: REASON -->")
			}
		case kind == "sh" && !excused && !ofBuild.MatchString(line):
			fault(i, "a command that nothing runs: use ```console, or say <!-- not run: REASON -->")
		case kind != "" && kind != "console" && ofRT.MatchString(line):
			fault(i, "a command of rt in a block that nothing runs: see HACKING.md, Examples in documents")
		case kind == "" && (comment || strings.HasPrefix(line, "<!--")):
			comment = !strings.HasSuffix(line, "-->")
		case kind == "" && strings.HasPrefix(strings.TrimSpace(line), "```"):
			fault(i, "a block must not be indented")
		case kind == "" && last == "" && strings.HasPrefix(line, "    "):
			fault(i, "an indented block: say with ``` of what kind it is")
		}
		last = line
	}
	return faults
}

// documents returns the text of all documents by their path.
func documents(t *testing.T) map[string]string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(root, "docs/*.md"))
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, path := range append(paths, filepath.Join(root, "README.md"), filepath.Join(root, "HACKING.md")) {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		name, _ := filepath.Rel(root, path)
		texts[name] = string(data)
	}
	return texts
}

// maxColumns is the width that prose is wrapped at: a diff then shows the
// sentence that changed, and a terminal the whole line.
const maxColumns = 120

// TestDocsWidth looks at the prose of the documents. Tables and code cannot be
// wrapped, and neither can the target of a link.
func TestDocsWidth(t *testing.T) {
	for doc, text := range documents(t) {
		for _, n := range wideLines(text) {
			t.Errorf("%s:%d: is wider than %d columns", doc, n, maxColumns)
		}
	}
}

func TestWideLines(t *testing.T) {
	wide := strings.TrimSpace(strings.Repeat("wide ", 25))
	text := strings.Join([]string{
		wide, "- " + wide, "  " + wide, // 1 to 3: prose
		"| " + wide + " |", "    " + wide, "```", wide, "```", // tables and code
		"see [here](https://example.org/" + strings.Repeat("wide/", 25) + ")", // a link
		strings.Repeat("é", maxColumns), strings.Repeat("é", maxColumns+1),    // the last is 11
	}, "\n")
	if got, want := wideLines(text), []int{1, 2, 3, 11}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// linkTarget is what follows the text of a link, or an address.
var linkTarget = regexp.MustCompile(`\]\([^)]*\)|https?://[^\s)>]+`)

// wideLines returns the numbers of the lines of Markdown prose that are too
// wide.
func wideLines(text string) (numbers []int) {
	fenced := false
	for i, line := range strings.Split(text, "\n") {
		switch {
		case strings.HasPrefix(line, "```"):
			fenced = !fenced
		case fenced, strings.HasPrefix(line, "    "), strings.HasPrefix(strings.TrimSpace(line), "|"):
		case utf8.RuneCountInString(linkTarget.ReplaceAllString(line, "")) > maxColumns:
			numbers = append(numbers, i+1)
		}
	}
	return numbers
}
