package spec

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestPlaces(t *testing.T) {
	const text = `{
	"ociVersion": "1.3.0",
	"é\u0061": 1, "process": {"args": [ "a", "b" ],
		"cwd": "/"
	},
	"annotations": {"a.b": "c", "[0]": "d"},
	"mounts": [{"destination": "/a"},
		{"options": ["x"]}],
	"hostname": "first",
	"hostname": "second", "linux": {"sysctl": {"k": "v"}}, "linux": {}
}`
	for path, want := range map[string]string{
		"config.json":               "1:1-1:2",
		"ociVersion":                "2:2-2:23",
		"éa":                        "3:2-3:14",
		"process":                   "3:16-3:25",
		"process.args":              "3:28-3:34",
		"process.args[1]":           "3:43-3:46",
		"process.args[2]":           "3:28-3:34", // is missing
		"process.cwd.x":             "4:3-4:13",  // cannot be there
		`annotations["a.b"]`:        "6:18-6:28",
		`annotations["[0]"]`:        "6:30-6:40",
		"mounts[0]":                 "7:13-7:14",
		"mounts[1].options[0]":      "8:16-8:19",
		"hostname":                  "10:2-10:22", // the second
		`linux.sysctl["k"]`:         "10:57-10:64",
		"linux.resources.memory":    "10:57-10:64",
		"solaris":                   "1:1-1:2",
		`annotations["\"x\".y"].z[`: "6:2-6:15",
	} {
		p := Places([]byte(text), []string{"ociVersion", path, "process.args[0]"})[1]
		if got := fmt.Sprintf("%d:%d-%d:%d", p.Start.Line, p.Start.Column, p.End.Line, p.End.Column); got != want {
			t.Errorf("%s is at %s, want %s", path, got, want)
		}
	}
}

// TestPlacesOfRuins has texts that end too early: a place is where the text still
// was right.
func TestPlacesOfRuins(t *testing.T) {
	for text, want := range map[string]Position{
		"":                             {1, 1},
		"{":                            {1, 1},
		`{"process": {"cwd": "/"`:      {1, 14},
		"{\"process\":\n{\"cwd\": \n,": {1, 2},
		`{"process": 1, "process": {}`: {1, 16},
	} {
		if got := Places([]byte(text), []string{"process.cwd"})[0].Start; got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

// TestPlacesOfMany has a text of which each place is at the end of a long line.
func TestPlacesOfMany(t *testing.T) {
	const n = 100_000
	paths := make([]string, n)
	for i := range paths {
		paths[i] = fmt.Sprintf("mounts[%d].options[1]", i)
	}
	text := `{"mounts": [` + strings.Repeat(`{"options": ["a", "b"]},`, n-1) + `{"options": ["a", "b"]}]}`
	runtime.LockOSThread() // whose CPU time is counted: on a busy machine the test may take long
	defer runtime.UnlockOSThread()
	begin := cpuTime(t)
	last := Places([]byte(text), paths)[n-1]
	if last.Start.Column != len(text)-6 {
		t.Errorf("the last is at %v, want column %d", last.Start, len(text)-6)
	}
	if took := cpuTime(t) - begin; took > 20*time.Second {
		t.Errorf("took %v", took)
	}
}

// cpuTime returns the CPU time of the calling thread.
func cpuTime(t *testing.T) time.Duration {
	t.Helper()
	var usage unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_THREAD, &usage); err != nil {
		t.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func writeConfig(t *testing.T, bundle, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(bundle, ConfigFile), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestExamine has faults next to what could be read.
func TestExamine(t *testing.T) {
	dir := t.TempDir()
	writeConfig(t, dir, `{"ociVersion": "1.3.0", "hostname": 7, "process": {"cwd": "rel"}, "root": {"path": "none"}}`)
	e, err := Examine(dir)
	if err != nil {
		t.Fatal(err)
	}
	if e.Spec.Root.Path != "none" || e.Spec.Process.Cwd != "rel" {
		t.Errorf("read %+v", e.Spec)
	}
	var paths []string
	for _, f := range e.Faults {
		paths = append(paths, f.Path)
	}
	if got := strings.Join(paths, " "); !strings.HasPrefix(got, "hostname process.") || strings.Contains(got, "root") {
		t.Errorf("faults at %s", got)
	}
	writeConfig(t, dir, "{\n \"a\": }")
	e, err = Examine(dir)
	if err != nil || e.Spec != nil || len(e.Faults) != 1 || *e.Faults[0].At != (Position{2, 7}) {
		t.Errorf("no JSON: %+v, %v", e, err)
	}
	writeConfig(t, dir, "{\n \"root\": ]\n}") // a bracket is no value of a wrong type
	if e, err = Examine(dir); err != nil || len(e.Faults) != 1 || *e.Faults[0].At != (Position{2, 10}) {
		t.Errorf("no JSON: %+v, %v", e, err)
	}
	if _, err := Examine(dir + "/none"); err == nil {
		t.Error("a bundle that is not there is no error")
	}
}
