package main

import (
	"slices"
	"strings"
	"testing"
)

func TestNewConfig(t *testing.T) {
	tests := []struct {
		kernel, cgroup, accel string
		suite, err            string
	}{
		{"", "v2", "tcg", "trixie", ""},
		{"", "v1", "tcg", "bookworm", ""}, // the first that has it
		{"", "hybrid", "kvm", "bookworm", ""},
		{"6.1", "v2", "tcg", "bookworm", ""},
		{"newest", "v2", "tcg", "sid", ""},
		{"5.10", "v1", "tcg", "bullseye", ""},
		{"6.12", "v1", "tcg", "", "6.12 has not all controllers"},
		{"6.2", "v2", "tcg", "", "none of 6.12, 6.1, newest, 5.10"},
		{"", "v3", "tcg", "", "none of v2, v1, hybrid"},
		{"", "v2", "xen", "", "none of tcg, kvm"},
	}
	for _, tt := range tests {
		c, err := newConfig(tt.kernel, tt.cgroup, tt.accel)
		if tt.err == "" && err != nil || tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
			t.Errorf("%q, %q, %q: error is %v, want %q", tt.kernel, tt.cgroup, tt.accel, err, tt.err)
		}
		if c.kernel.suite != tt.suite {
			t.Errorf("%q, %q, %q: Debian %q, want %q", tt.kernel, tt.cgroup, tt.accel, c.kernel.suite, tt.suite)
		}
	}
}

func TestFindMirror(t *testing.T) {
	const lists = "Somebody trixie https://one.invalid/\nDebian trixie-updates https://two.invalid/\nDebian trixie https://three.invalid/\n"
	if got := findMirror(lists, "trixie"); got != "https://three.invalid/" {
		t.Errorf("mirror is %q", got)
	}
	if got := findMirror("$(ORIGIN) sid https://four.invalid/\n", "sid"); got != "https://four.invalid/" {
		t.Errorf("mirror is %q before apt has fetched lists", got)
	}
	if got := findMirror(lists, "bookworm"); got != "" {
		t.Errorf("mirror of another release is %q", got)
	}
}

func TestPackageNames(t *testing.T) {
	names := kernel{lacks: []string{"criu"}}.packageNames()
	if slices.Contains(names, "criu") {
		t.Error("there is a package that the release has not")
	}
	for _, name := range names {
		if strings.ContainsAny(name, "# ,") {
			t.Errorf("package %q", name)
		}
	}
	if len(names) < 10 {
		t.Error(names)
	}
}
