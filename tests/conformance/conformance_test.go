package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/oci-rt/rt/tests/need"
)

// builtSuite is where "make conformance-vm" puts the suite for guests, which
// have no Go to build it.
const builtSuite = "suite/built"

// TestSuite runs the suite in a guest: see docs/vm.md.
func TestSuite(t *testing.T) {
	if _, err := os.Stat(builtSuite); err != nil {
		t.Skip("make conformance runs the suite")
	}
	need.Root(t)
	binary := os.Getenv("RT")
	if binary == "" {
		t.Fatal("RT does not name the binary to test")
	}
	if err := conform(options{runtime: binary, built: builtSuite, limit: 5 * time.Minute, verbose: testing.Verbose()}); err != nil {
		t.Error(err)
	}
}

func TestParseTAP(t *testing.T) {
	got := parseTAP(`TAP version 13
1..6
ok 1 - has hostname
  ---
  { "stdout": "not ok 1 - in a diagnostic" }
  ...
not ok 2 - limit is set
# expect: 1, actual: 2
ok 3 - mounts # SKIP no mounts
not ok 4 - mode # TODO
not ok 5 exit status 1
`)
	want := tap{ok: 1, skipped: 2, notOK: []string{"limit is set", "exit status 1"}}
	if d := cmp.Diff(want, got, cmp.AllowUnexported(tap{})); d != "" {
		t.Error("(-want +got)\n" + d)
	}
}

func TestFailure(t *testing.T) {
	tests := []struct {
		name string
		r    result
		want string
	}{
		{"all points ok", result{tap: tap{ok: 2}}, ""},
		{"no points", result{}, ""},
		{"no points, failed", result{status: 1, output: "a\nno such file\n"}, "exit status 1: no such file"},
		{"ok, but failed", result{status: 1, tap: tap{ok: 2}, output: "x"}, "exit status 1: x"},
		{"one not ok", result{tap: tap{ok: 2, notOK: []string{"limit"}}}, "1 of 3: limit"},
		{"hangs", result{timedOut: true, status: -1, tap: tap{ok: 1}}, "time limit"},
	}
	for _, tt := range tests {
		if got := tt.r.failure(); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestRun runs a program that leaves a container and more than its time.
func TestRun(t *testing.T) {
	dir := t.TempDir()
	for name, script := range map[string]string{
		"slow":      "#!/bin/sh\necho 'ok 1 - begun'\nsleep 60\n",
		"rt":        "#!/bin/sh\necho \"$@\" >> " + filepath.Join(dir, "calls") + "\ntest $3 != list || echo left\n",
		runtimetest: "",
		rootfs():    "",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	w, err := newWorkplace(filepath.Join(dir, "rt"), 2*time.Second) // enough to start a shell, emulated and on a busy host
	if err != nil {
		t.Fatal(err)
	}
	defer w.remove()
	r, err := w.run(filepath.Join(dir, "slow"))
	if err != nil || !r.timedOut || r.tap.ok != 1 || len(r.left) != 1 {
		t.Errorf("%+v, %v", r, err)
	}
	calls, _ := os.ReadFile(filepath.Join(dir, "calls"))
	root := "--root " + w.path("containers")
	if want := root + " list -q\n" + root + " delete --force left\n"; string(calls) != want {
		t.Errorf("the runtime was called with\n%swant\n%s", calls, want)
	}
	if entries, _ := filepath.Glob(w.path("run-*")); len(entries) > 0 {
		t.Errorf("left behind: %s", entries)
	}
}

// TestTry runs a program that passes when it is run again.
func TestTry(t *testing.T) {
	dir := t.TempDir()
	script := "#!/bin/sh\ntest -e " + dir + "/again || { touch " + dir + "/again; echo 'not ok 1 - too early'; exit; }\necho 'ok 1 - now'\n"
	for name, text := range map[string]string{"racy": script, "rt": "#!/bin/sh\n", runtimetest: "", rootfs(): ""} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	w, err := newWorkplace(filepath.Join(dir, "rt"), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	defer w.remove()
	if r, err := w.try(filepath.Join(dir, "racy")); err != nil || r.failure() != "" || r.tries != 2 {
		t.Errorf("%+v, %v", r, err)
	}
}
