package need

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// Feature is something that only newer kernels have. Whether one has it is
// for its probe to say, never for a comparison of versions in a test: kernels
// are patched and configured.
//
// The version keeps probes honest. Where everything must work, a probe that
// says no on a kernel of that version is wrong, or the kernel is, and the test
// fails instead of being skipped.
type Feature struct {
	Name  string
	Since string // "6.3"
	Probe func() bool
}

// MemfdNoexec is the sysctl vm.memfd_noexec, which can forbid to execute
// memfds.
func MemfdNoexec() Feature {
	return Feature{"vm.memfd_noexec", "6.3", func() bool {
		_, err := os.Stat("/proc/sys/vm/memfd_noexec")
		return err == nil
	}}
}

// Features returns all features, so that a test can hold their probes against
// a kernel.
func Features() []Feature {
	return []Feature{MemfdNoexec()}
}

// Kernel needs a feature of the kernel.
func Kernel(t testing.TB, f Feature) {
	t.Helper()
	switch {
	case f.Probe():
	case f.Expected():
		missing(t, "the probe of %s says no, but Linux has it since %s", f.Name, f.Since)
	default:
		t.Skipf("needs %s (Linux %s)", f.Name, f.Since)
	}
}

// Expected reports whether the kernel's version says that it has the feature.
func (f Feature) Expected() bool {
	var u unix.Utsname
	if unix.Uname(&u) != nil {
		return false
	}
	return !older(unix.ByteSliceToString(u.Release[:]), f.Since)
}

// older reports whether a kernel release is older than a version.
func older(release, version string) bool {
	r, v := numbers(release), numbers(version)
	return r[0] < v[0] || r[0] == v[0] && r[1] < v[1]
}

// numbers returns the first two numbers of a version, such as "6.1.0-38-amd64".
func numbers(version string) (n [2]int) {
	fields := strings.FieldsFunc(version, func(r rune) bool { return r < '0' || r > '9' })
	for i := range min(len(n), len(fields)) {
		n[i], _ = strconv.Atoi(fields[i])
	}
	return n
}
