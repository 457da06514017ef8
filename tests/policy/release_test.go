package policy

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestWorkflowTargets looks for the targets of make that GitHub's jobs call.
func TestWorkflowTargets(t *testing.T) {
	targets := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^([a-z][a-z-]*):`).FindAllStringSubmatch(read(t, "Makefile"), -1) {
		targets[m[1]] = true
	}
	paths, err := filepath.Glob(filepath.Join(root, ".github/workflows/*.yml"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("found the workflows %q: %v", paths, err)
	}
	call := regexp.MustCompile(`\bmake ((?:-s )?)([a-z][a-z -]*)`)
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range call.FindAllStringSubmatch(withoutComments(string(text)), -1) {
			for _, target := range strings.Fields(m[2]) {
				if !targets[target] {
					t.Errorf("%s calls make %s, which does not exist", path, target)
				}
			}
		}
	}
}

// withoutComments drops the lines of a YAML file that are comments, and the names of
// packages to install.
func withoutComments(text string) string {
	var kept []string
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(strings.TrimSpace(line), "#") && !strings.Contains(line, "apt-get") {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "")
}

// TestReleaseVersion holds the Debian package's changelog and CHANGELOG.md to the
// version in the Makefile.
func TestReleaseVersion(t *testing.T) {
	m := regexp.MustCompile(`(?m)^VERSION := (\S+)$`).FindStringSubmatch(read(t, "Makefile"))
	if m == nil {
		t.Fatal("the Makefile has no version")
	}
	version := m[1]
	first := regexp.MustCompile(`(?m)^- semver: (\S+)-\d+$`).FindStringSubmatch(read(t, "internal/packaging/changelog.yaml"))
	if first == nil || first[1] != version {
		t.Errorf("internal/packaging/changelog.yaml begins with %q, the version is %s", first, version)
	}
	heading := "## [" + version + "]"
	if strings.HasSuffix(version, "-dev") {
		heading = "## [Unreleased]"
	}
	if !strings.Contains(read(t, "CHANGELOG.md"), heading) {
		t.Errorf("CHANGELOG.md has no section %s", heading)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
