package main

import (
	"cmp"
	"runtime"
	"slices"
	"strings"
	"testing"
)

func TestNewConfig(t *testing.T) {
	tests := []struct {
		options    options
		suite, err string
	}{
		{options{}, "trixie", ""},
		{options{cgroup: "v1"}, "bookworm", ""}, // the first that has it
		{options{cgroup: "hybrid", accel: "kvm"}, "bookworm", ""},
		{options{kernel: "6.1"}, "bookworm", ""},
		{options{kernel: "newest"}, "sid", ""},
		{options{kernel: "5.10", cgroup: "v1"}, "bullseye", ""},
		{options{arch: "s390x", lsm: "selinux"}, "trixie", ""},
		{options{kernel: "6.12", cgroup: "v1"}, "", "6.12 has not all controllers"},
		{options{kernel: "6.2"}, "", "none of 6.12, 6.1, newest, 5.10"},
		{options{cgroup: "v3"}, "", "none of v2, v1, hybrid"},
		{options{accel: "xen"}, "", "none of tcg, kvm"},
		{options{arch: "mips"}, "", "none of amd64, arm64"},
		{options{arch: foreignArch(), accel: "kvm"}, "", "this machine can only emulate " + foreignArch()},
		{options{lsm: "smack"}, "", "none of apparmor, selinux"},
	}
	for _, tt := range tests {
		o := tt.options
		o.cgroup, o.accel, o.lsm = cmp.Or(o.cgroup, "v2"), cmp.Or(o.accel, "tcg"), cmp.Or(o.lsm, "apparmor")
		c, err := newConfig(o)
		if tt.err == "" && err != nil || tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
			t.Errorf("%+v: error is %v, want %q", o, err, tt.err)
		}
		if c.kernel.suite != tt.suite {
			t.Errorf("%+v: Debian %q, want %q", o, c.kernel.suite, tt.suite)
		}
	}
}

// foreignArch names one that is not this machine's.
func foreignArch() string {
	if runtime.GOARCH == "s390x" {
		return "arm64"
	}
	return "s390x"
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
	names := config{kernel: kernel{lacks: []string{"criu"}}, arch: arch{kernel: "linux-image-1", lacks: []string{"less"}}}.packageNames()
	if slices.Contains(names, "criu") || slices.Contains(names, "less") {
		t.Error("there is a package that the release has not")
	}
	if !slices.Contains(names, "linux-image-1") {
		t.Error("there is no kernel")
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
