package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// apt is how this machine gets Debian's packages, so that guests get theirs in
// the same way.
type apt struct {
	mirror  string
	options []string // in the syntax of apt.conf
}

// aptOf asks apt for its configuration.
func aptOf(ctx context.Context) (*apt, error) {
	dump, err := exec.CommandContext(ctx, "apt-config", "dump",
		"Acquire::http", "Acquire::https", "Acquire::Check-Valid-Until", "Acquire::Check-Date").Output()
	if err != nil {
		return nil, fmt.Errorf("apt-config: %w", err)
	}
	lists, err := exec.CommandContext(ctx, "apt-get", "indextargets",
		"--format", "$(ORIGIN) $(RELEASE) $(REPO_URI)", "Identifier: Packages").Output()
	if err != nil {
		return nil, fmt.Errorf("apt-get indextargets: %w", err)
	}
	release, err := hostRelease()
	if err != nil {
		return nil, err
	}
	a := &apt{mirror: findMirror(string(lists), release)}
	if a.mirror == "" {
		return nil, fmt.Errorf("apt has no source of Debian %s", release)
	}
	for line := range strings.Lines(string(dump)) {
		a.options = append(a.options, strings.TrimSpace(line))
	}
	return a, nil
}

// findMirror returns where apt gets this release of Debian from, which is
// where the others are. lists has lines of an origin, a release and an URI. apt
// knows no origin before it has fetched the lists of packages.
func findMirror(lists, release string) string {
	for line := range strings.Lines(lists) {
		f := strings.Fields(line)
		if len(f) == 3 && (f[0] == "Debian" || f[0] == "$(ORIGIN)") && f[1] == release {
			return f[2]
		}
	}
	return ""
}

// hostRelease returns the name of this machine's Debian release.
func hostRelease() (string, error) {
	content, err := os.ReadFile("/etc/os-release")
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(content)) {
		if name, ok := strings.CutPrefix(line, "VERSION_CODENAME="); ok {
			return strings.Trim(name, "\"\n"), nil
		}
	}
	return "", fmt.Errorf("/etc/os-release names no release: guests are built on Debian only")
}

// arguments returns the options for mmdebstrap.
func (a *apt) arguments() []string {
	var args []string
	for _, o := range a.options {
		args = append(args, "--aptopt="+o)
	}
	return args
}
