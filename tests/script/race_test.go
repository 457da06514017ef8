package script

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/oci-rt/rt/tests/bundle"
	"github.com/oci-rt/rt/tests/leak"
	"github.com/oci-rt/rt/tests/need"
)

// fixture is a bundle and a state directory for tests that are no scripts.
type fixture struct {
	t      *testing.T
	mark   leak.Mark
	bundle string
}

var (
	createC1 = []string{"create", "--bundle", "b", "c1"}
	runC1    = []string{"run", "--detach", "--bundle", "b", "c1"}
	forceC1  = []string{"delete", "--force", "c1"}
)

// newFixture makes a bundle whose program is args. When the test ends,
// nothing of its containers may be left.
func newFixture(t *testing.T, args ...string) *fixture {
	t.Helper()
	need.Root(t)
	busybox := need.Busybox(t)
	dir := t.TempDir()
	f := &fixture{t: t, mark: newMark(dir), bundle: filepath.Join(dir, "b")}
	t.Cleanup(func() { checkLeaks(t, f.mark) })
	err := bundle.Make(bundle.Config{Dir: f.bundle, Runtime: binary, Busybox: busybox, Tag: f.mark.Tag})
	if err == nil {
		err = bundle.EditFile(filepath.Join(f.bundle, "config.json"), bundle.Set{Pointer: "/process/args", Value: args})
	}
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// command returns an rt that has not started yet. Its output goes to a file:
// see process.
func (f *fixture) command(args ...string) (*exec.Cmd, *os.File) {
	f.t.Helper()
	out, err := os.CreateTemp(f.t.TempDir(), "output-")
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { out.Close() })
	cmd := exec.Command(binary, append([]string{"--root", f.mark.State}, args...)...)
	cmd.Dir = f.mark.Dir
	cmd.Stdout, cmd.Stderr = out, out
	return cmd, out
}

// rt runs an rt and returns its output and exit status.
func (f *fixture) rt(args ...string) (string, int) {
	f.t.Helper()
	cmd, out := f.command(args...)
	if err := cmd.Run(); cmd.ProcessState == nil {
		f.t.Fatalf("%v: %v", cmd, err)
	}
	data, err := os.ReadFile(out.Name())
	if err != nil {
		f.t.Fatal(err)
	}
	return string(data), cmd.ProcessState.ExitCode()
}

// mustRT is rt for a command that must succeed.
func (f *fixture) mustRT(args ...string) string {
	f.t.Helper()
	out, status := f.rt(args...)
	if status != 0 {
		f.t.Fatalf("rt %v: exit status %d: %s", args, status, out)
	}
	return out
}

// TestCreateRace creates one id many times at once: exactly one creation
// succeeds, and what it made works.
func TestCreateRace(t *testing.T) {
	f := newFixture(t, "sleep", "100")
	const creators = 8
	for round := range 5 {
		var wg sync.WaitGroup
		outputs, statuses := make([]string, creators), make([]int, creators)
		for i := range creators {
			wg.Go(func() { outputs[i], statuses[i] = f.rt("create", "--bundle", f.bundle, "c1") })
		}
		wg.Wait()
		won := 0
		for i := range creators {
			if statuses[i] == 0 {
				won++
			} else if !strings.Contains(outputs[i], "already exists") {
				t.Errorf("round %d: a loser says %q", round, outputs[i])
			}
		}
		if won != 1 {
			t.Fatalf("round %d: %d of %d creations succeeded", round, won, creators)
		}
		f.mustRT("start", "c1")
		f.mustRT("delete", "--force", "c1")
	}
}

// TestDeleteRace deletes one container many times at once, while others look
// at it: nobody sees a half of it.
func TestDeleteRace(t *testing.T) {
	f := newFixture(t, "sleep", "100")
	for round := range 5 {
		f.mustRT("run", "--detach", "--bundle", f.bundle, "c1")
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				if out, status := f.rt("delete", "--force", "c1"); status != 0 {
					t.Errorf("round %d: delete --force: exit status %d: %s", round, status, out)
				}
			})
			wg.Go(func() {
				out, status := f.rt("state", "c1")
				if status != 0 && !strings.Contains(out, "does not exist") {
					t.Errorf("round %d: state: exit status %d: %s", round, status, out)
				}
			})
			wg.Go(func() {
				if out, status := f.rt("list"); status != 0 || strings.Contains(out, "warning") {
					t.Errorf("round %d: list: exit status %d: %s", round, status, out)
				}
			})
		}
		wg.Wait()
	}
}

// TestStartRace starts one container many times at once: exactly one start
// succeeds.
func TestStartRace(t *testing.T) {
	f := newFixture(t, "sleep", "100")
	f.mustRT("create", "--bundle", f.bundle, "c1")
	var wg sync.WaitGroup
	statuses := make([]int, 6)
	for i := range statuses {
		wg.Go(func() { _, statuses[i] = f.rt("start", "c1") })
	}
	wg.Wait()
	won := 0
	for _, s := range statuses {
		if s == 0 {
			won++
		}
	}
	if won != 1 {
		t.Errorf("%d of %d starts succeeded", won, len(statuses))
	}
	f.mustRT("delete", "--force", "c1")
}

// TestKilledCreator kills creators at random instants, as engines do: delete
// --force must clear up whatever is there, and the id is free again.
func TestKilledCreator(t *testing.T) {
	f := newFixture(t, "sleep", "100")
	rounds := 60
	if testing.Short() {
		rounds = 10
	}
	took := f.timeCreate()
	for round := range rounds {
		at := time.Duration(rand.Int64N(int64(took)))
		cmd, _ := f.command("create", "--bundle", f.bundle, "c1")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(at)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()

		if out, status := f.rt("delete", "--force", "c1"); status != 0 {
			t.Fatalf("round %d, killed after %v: delete --force: exit status %d: %s", round, at, status, out)
		}
		if left := f.mark.Find(); len(left) > 0 {
			t.Fatalf("round %d, killed after %v: left behind: %s", round, at, describe(left))
		}
	}
	f.mustRT("create", "--bundle", f.bundle, "c1")
	f.mustRT("delete", "c1")
}

// timeCreate returns a little more than the time that create takes here.
func (f *fixture) timeCreate() time.Duration {
	f.t.Helper()
	var longest time.Duration
	for range 3 {
		start := time.Now()
		f.mustRT("create", "--bundle", f.bundle, "c1")
		longest = max(longest, time.Since(start))
		f.mustRT("delete", "c1")
	}
	return longest + longest/4
}

// TestKilledDeleter kills a delete at random instants: another one finishes
// its work.
func TestKilledDeleter(t *testing.T) {
	f := newFixture(t, "sleep", "100")
	for round := range 15 {
		f.mustRT("run", "--detach", "--bundle", f.bundle, "c1")
		cmd, _ := f.command("delete", "--force", "c1")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(rand.Int64N(int64(20 * time.Millisecond))))
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if out, status := f.rt("delete", "--force", "c1"); status != 0 {
			t.Fatalf("round %d: delete --force: exit status %d: %s", round, status, out)
		}
		if left := f.mark.Find(); len(left) > 0 {
			t.Fatalf("round %d: left behind: %s", round, describe(left))
		}
	}
}

func describe(left []leak.Left) string {
	var s bytes.Buffer
	for _, l := range left {
		fmt.Fprintf(&s, "\n\t%s", l.What)
	}
	return s.String()
}

// awaitStatus waits until the container has this status behind an act, or is gone if that
// is "".
func (f *fixture) awaitStatus(status, after string) {
	f.t.Helper()
	want := `"status": "` + status + `"`
	if status == "" {
		want = "does not exist"
	}
	var out string
	for deadline := time.Now().Add(pollTimeout); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if out, _ = f.rt("state", "c1"); strings.Contains(out, want) {
			return
		}
	}
	f.t.Errorf("%s: exit status 0, but the state is not %q: %s", after, want, out)
}

func writeJSON(t *testing.T, path string, v any) {
	t.Helper()
	var text bytes.Buffer
	if err := json.NewEncoder(&text).Encode(v); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}
