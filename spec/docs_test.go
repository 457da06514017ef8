package spec

import (
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// TestDocsNameEveryProperty holds docs/compatibility.md against the types of
// the specification: each property for Linux has one row, and no row is about
// something else.
func TestDocsNameEveryProperty(t *testing.T) {
	rows := documentedProperties(t)
	all := properties(reflect.TypeFor[specs.Spec](), "")
	for _, path := range all {
		n := 0
		for _, row := range rows {
			if isBelow(path, row) {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%s is in %d rows of docs/compatibility.md, want 1", path, n)
		}
	}
	for _, row := range rows {
		if !slices.ContainsFunc(all, func(path string) bool { return isBelow(path, row) }) {
			t.Errorf("docs/compatibility.md has a row for %s, which is no property", row)
		}
	}
}

// documentedProperties returns the names in the first column of the tables
// below the heading config.json, up to that of the annotations.
func documentedProperties(t *testing.T) []string {
	t.Helper()
	data, err := os.ReadFile("../docs/compatibility.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(data), "\n## config.json\n")
	section, _, found := strings.Cut(section, "\n### Annotations\n")
	if !found {
		t.Fatal("docs/compatibility.md lacks a heading")
	}
	name := regexp.MustCompile("`([^`]+)`")
	var names []string
	for line := range strings.Lines(section) {
		cells := strings.Split(line, "|")
		if len(cells) < 3 {
			continue
		}
		for _, m := range name.FindAllStringSubmatch(cells[1], -1) {
			names = append(names, strings.ReplaceAll(m[1], "[]", ""))
		}
	}
	return names
}
