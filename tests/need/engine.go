package need

import (
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"testing"
)

// Engines is the environment variable with which make test-engines asks for the tests of
// whole engines. They take long, and need programs that nobody else needs.
const Engines = "TEST_ENGINES"

// Engine needs the programs of an engine, and that tests of engines are asked for.
func Engine(t testing.TB, programs ...string) {
	t.Helper()
	if os.Getenv(Engines) == "" {
		t.Skip("make test-engines runs it")
	}
	Root(t)
	for _, program := range programs {
		Program(t, program)
	}
}

// engine is Engine for [Named].
func engine(programs ...string) func(testing.TB) {
	return func(t testing.TB) {
		t.Helper()
		Engine(t, programs...)
	}
}

// engineSince is engine for one whose version begins with this number or a higher one,
// or with a lower one if it is negative.
func engineSince(major int, program string) func(testing.TB) {
	return func(t testing.TB) {
		t.Helper()
		Engine(t, program)
		have := MajorVersion(t, program)
		if major > 0 && have < major {
			t.Skipf("needs %s %d or newer, this is %d", program, major, have)
		}
		if major < 0 && have >= -major {
			t.Skipf("needs %s before %d, this is %d", program, -major, have)
		}
	}
}

// MajorVersion returns the first number of the version of a program.
func MajorVersion(t testing.TB, program string) int {
	t.Helper()
	out, err := exec.Command(program, "--version").Output()
	m := regexp.MustCompile(`\bv?([0-9]+)\.[0-9]+`).FindSubmatch(out)
	if err != nil || m == nil {
		t.Fatalf("%s --version: %v: %s", program, err, out)
	}
	major, err := strconv.Atoi(string(m[1]))
	if err != nil {
		t.Fatal(err)
	}
	return major
}

// IsEngine reports whether [Named] has this name for an engine.
func IsEngine(what string) bool { return engines[what] != nil }

var engines = map[string]func(testing.TB){
	"docker":      engine("dockerd", "docker", "containerd"),
	"newdocker":   engineSince(23, "dockerd"),
	"containerd":  engine("containerd", "ctr"),
	"containerd1": engineSince(-2, "containerd"),
	"containerd2": engineSince(2, "containerd"),
	"podman":      engine("podman", "conmon"),
	"buildah":     engine("buildah"),
	"buildkit":    func(t testing.TB) { Engine(t); Made(t, "TEST_ENGINES_BUILDKIT", "make test-engines") },
}
