//go:build amd64 || arm64

package script

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestUpgrade: a container that an earlier rt has made lives on under this one, from each
// point of its life. What an earlier rt wrote is in the testdata of package state; here
// this rt's file is brought into the same layout. With $OLD_RT, as "make test-upgrade"
// sets it, an earlier binary makes the containers.
func TestUpgrade(t *testing.T) {
	if old := os.Getenv("OLD_RT"); old != "" {
		f := newFixture(t, "sleep", "100")
		f.upgrade(old, func() {})
		return
	}
	layouts, err := filepath.Glob("../../libcontainer/state/testdata/version*.json")
	if err != nil || len(layouts) == 0 {
		t.Fatal(layouts, err)
	}
	for _, path := range layouts {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".json"), func(t *testing.T) {
			f := newFixture(t, "sleep", "100")
			f.upgrade(binary, func() { f.toLayout(path) })
		})
	}
}

// upgrade has containers live on that old makes, and whose state toOld makes older.
func (f *fixture) upgrade(old string, toOld func()) {
	f.t.Helper()
	make := func(args []string) {
		cmd := exec.Command(old, append([]string{"--root", f.mark.State}, args...)...)
		cmd.Dir = f.mark.Dir
		out, err := os.CreateTemp(f.t.TempDir(), "old")
		if err != nil {
			f.t.Fatal(err)
		}
		defer out.Close()
		cmd.Stdout, cmd.Stderr = out, out
		if err := cmd.Run(); err != nil {
			text, _ := os.ReadFile(out.Name())
			f.t.Fatalf("%v: %v: %s", cmd, err, text)
		}
		toOld()
	}
	make(createC1)
	f.expect("created")
	f.mustRT("exec", "c1", "true")
	f.mustRT("start", "c1")
	f.live()
	make(runC1)
	f.live()
	make(runC1)
	f.mustRT(forceC1...)
	make(createC1)
	f.mustRT("delete", "c1")
}

// live does all that can be done with a running container, and deletes it.
func (f *fixture) live() {
	f.t.Helper()
	f.expect("running")
	f.mustRT("exec", "c1", "true")
	f.mustRT("ps", "c1")
	f.mustRT("update", "--pids-limit", "50", "c1")
	f.mustRT("events", "--stats", "c1")
	f.mustRT("pause", "c1")
	f.expect("paused")
	f.mustRT("resume", "c1")
	f.mustRT("kill", "c1", "KILL")
	f.awaitStatus("stopped", "kill")
	f.mustRT("delete", "c1")
}

func (f *fixture) expect(status string) {
	f.t.Helper()
	if out := f.mustRT("state", "c1"); !strings.Contains(out, `"status": "`+status+`"`) {
		f.t.Errorf("state: %s, want %s", out, status)
	}
}

// toLayout leaves of the container's state only the fields that an older one has.
func (f *fixture) toLayout(path string) {
	f.t.Helper()
	read := func(path string) (v any) {
		text, err := os.ReadFile(path)
		if err == nil {
			err = json.Unmarshal(text, &v)
		}
		if err != nil {
			f.t.Fatal(err)
		}
		return v
	}
	current := filepath.Join(f.mark.State, "c1/state.json")
	writeJSON(f.t, current, onlyFields(read(current), read(path)))
}

// onlyFields returns a value without the fields of objects that another has not. It
// leaves arrays alone: their elements have had the same fields in all layouts.
func onlyFields(v, of any) any {
	fields, ok := of.(map[string]any)
	object, alsoOK := v.(map[string]any)
	if !ok || !alsoOK {
		return v
	}
	kept := map[string]any{}
	for name, value := range fields {
		if has, ok := object[name]; ok {
			kept[name] = onlyFields(has, value)
		}
	}
	return kept
}
