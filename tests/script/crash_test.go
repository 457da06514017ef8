//go:build amd64 || arm64

package script

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/oci-rt/rt/tests/bundle"
	"github.com/oci-rt/rt/tests/need"
	"github.com/oci-rt/rt/tests/reliability"
	"github.com/oci-rt/rt/tests/tracer"
	"golang.org/x/sys/unix"
)

// tracedLimit bounds a traced command. None takes a tenth of it.
const tracedLimit = 20 * time.Second

// act is a command that changes something, and what is there before.
type act struct {
	name   string
	bundle []bundle.Edit
	before [][]string // commands that prepare
	args   []string
	starts bool   // a process, which goes on by itself
	status string // of the container if all goes well, or "" if there is none any more
}

// The containers that commands are tried on: one as engines make them; one with what
// makes a creator do more, a user namespace and hooks; and one that lives in the host's
// namespaces, whose mounts and processes do not end with it.
var (
	plain  = []bundle.Edit{sleeps}
	rich   = append([]bundle.Edit{sleeps, bundle.Set{Pointer: "/hooks", Value: allHooks()}}, userNamespace()...)
	shared = []bundle.Edit{sleeps, bundle.Set{Pointer: "/linux/namespaces", Value: []any{}}, bundle.Delete{Pointer: "/mounts"},
		bundle.Delete{Pointer: "/linux/maskedPaths"}, bundle.Delete{Pointer: "/linux/readonlyPaths"}, bundle.Delete{Pointer: "/hostname"}}
	short = []bundle.Edit{bundle.Set{Pointer: "/process/args", Value: []string{"true"}}}

	sleeps = bundle.Set{Pointer: "/process/args", Value: []string{"sleep", "100"}}
)

func allHooks() map[string]any {
	hook := []any{map[string]any{"path": "/bin/true"}}
	hooks := map[string]any{}
	for _, kind := range []string{"prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"} {
		hooks[kind] = hook
	}
	return hooks
}

func userNamespace() []bundle.Edit {
	ids := []any{map[string]any{"containerID": 0, "hostID": 100000, "size": 65536}}
	return []bundle.Edit{
		bundle.Set{Pointer: "/linux/namespaces/-", Value: map[string]any{"type": "user"}},
		bundle.Set{Pointer: "/linux/uidMappings", Value: ids},
		bundle.Set{Pointer: "/linux/gidMappings", Value: ids},
	}
}

// acts are all commands that change something, but for criuActs.
func acts() []act {
	created, runs := [][]string{createC1}, [][]string{runC1}
	return []act{
		{"create", plain, nil, []string{"create", "--bundle", "b", "--pid-file", "pid", "c1"}, true, "created"},
		{"create rich", rich, nil, createC1, true, "created"},
		{"create shared", shared, nil, createC1, true, "created"},
		{"start", plain, created, []string{"start", "c1"}, true, "running"},
		{"start rich", rich, created, []string{"start", "c1"}, true, "running"},
		{"run", short, nil, []string{"run", "--bundle", "b", "c1"}, true, ""},
		{"run detached", plain, nil, runC1, true, "running"},
		{"run rich", rich, nil, runC1, true, "running"},
		{"exec", plain, runs, []string{"exec", "c1", "true"}, true, "running"},
		{"exec detached", plain, runs, []string{"exec", "--detach", "--pid-file", "pid", "c1", "sleep", "100"}, true, "running"},
		{"exec rich", rich, runs, []string{"exec", "--detach", "c1", "sleep", "100"}, true, "running"},
		{"kill", plain, runs, []string{"kill", "c1", "KILL"}, false, "stopped"},
		{"kill all", shared, append(runs, []string{"exec", "--detach", "c1", "sleep", "100"}), []string{"kill", "--all", "c1", "KILL"}, false, "stopped"},
		{"kill paused", plain, append(runs, []string{"pause", "c1"}), []string{"kill", "c1", "KILL"}, false, "stopped"},
		{"pause", plain, runs, []string{"pause", "c1"}, false, "paused"},
		{"resume", plain, append(runs, []string{"pause", "c1"}), []string{"resume", "c1"}, false, "running"},
		{"update", plain, runs, []string{"update", "--memory", "100000000", "--cpu-share", "512", "--pids-limit", "50", "c1"}, false, "running"},
		{"delete created", plain, created, []string{"delete", "c1"}, false, ""},
		{"delete forced", plain, runs, forceC1, false, ""},
		{"delete rich", rich, runs, forceC1, false, ""},
		{"delete shared", shared, append(runs, []string{"exec", "--detach", "c1", "sleep", "100"}), forceC1, false, ""},
		{"delete paused", plain, append(runs, []string{"pause", "c1"}), forceC1, false, ""},
	}
}

var (
	checkpointC1 = []string{"checkpoint", "--image-path", "images", "c1"}
	restoreC1    = []string{"restore", "--detach", "--bundle", "b", "--image-path", "images", "c1"}
)

// criuActs are those that CRIU does the work of. A checkpoint that was killed is tried again
// in the same directory; all restores are of one checkpoint.
func criuActs() []act {
	return []act{
		{"checkpoint", plain, [][]string{runC1}, checkpointC1, false, ""},
		{"restore", plain, nil, restoreC1, true, "running"},
	}
}

// byCRIU reports whether CRIU does the work of an act.
func (a act) byCRIU() bool { return a.args[0] == "checkpoint" || a.args[0] == "restore" }

// allActs are the commands of all tests that stop at each call.
func allActs() []act { return append(acts(), criuActs()...) }

// newActFixture makes the bundle "b" of an act, in a directory that is also its working
// directory.
func newActFixture(t *testing.T, a act) *fixture {
	if a.byCRIU() {
		need.CRIU(t)
	}
	f := newFixture(t, "true")
	if err := bundle.EditFile(filepath.Join(f.bundle, "config.json"), a.bundle...); err != nil {
		t.Fatal(err)
	}
	openToAll(t, f.mark.Dir)
	if err := os.Mkdir(f.mark.State, 0o755); err != nil { // "list" wants a directory
		t.Fatal(err)
	}
	if a.args[0] == "restore" {
		f.mustRT(runC1...)
		f.mustRT(checkpointC1...)
	}
	return f
}

// openToAll lets the ids of a user namespace come by a test's directory.
func openToAll(t *testing.T, dir string) {
	for ; dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

// traced runs an rt under the tracer, and returns its output and how it ended.
func (f *fixture) traced(h tracer.Handler, args ...string) (string, unix.WaitStatus, error) {
	f.t.Helper()
	cmd, out := f.command(args...)
	defer os.Remove(out.Name())
	defer out.Close()
	status, err := tracer.Run(cmd, tracedLimit, h)
	text, readErr := os.ReadFile(out.Name())
	if readErr != nil {
		f.t.Fatal(readErr)
	}
	return string(text), status, err
}

// prepare makes what an act is done to.
func (f *fixture) prepare(a act) {
	f.t.Helper()
	for _, args := range a.before {
		f.mustRT(args...)
	}
}

// watch has a tracer watch an act that is to go well, and deletes the container.
func (f *fixture) watch(a act, h tracer.Handler) {
	f.t.Helper()
	f.prepare(a)
	out, status, err := f.traced(h, a.args...)
	if err != nil || status.ExitStatus() != 0 {
		f.t.Fatalf("%q: %v, %#x: %s", a.args, err, status, out)
	}
	f.mustRT(forceC1...)
}

// TestKilledAfterEveryCall kills every command that changes something after each of its
// system calls: delete --force succeeds and leaves nothing, and the id is free again.
//
// The instants are numbered by the calls that are not the Go runtime's own: see
// tracer.Call.OfRuntime. Children of the command live on or die as they would. The whole
// tries each instant twice, at once and when the children have had time to go on.
func TestKilledAfterEveryCall(t *testing.T) {
	for _, a := range allActs() {
		t.Run(strings.ReplaceAll(a.name, " ", "_"), func(t *testing.T) {
			f := newActFixture(t, a)
			instants := f.kill(a, 0)
			if need.Whole() && a.starts {
				instants += f.kill(a, 10*time.Millisecond)
			}
			reliability.Record(t, instants)
		})
	}
}

// sampleOfInstants is how many instants there are for one that make test tries.
const sampleOfInstants = 30

// kill kills the act behind each of its calls, or a sample of them, when its children
// have had this time.
func (f *fixture) kill(a act, pause time.Duration) (instants int) {
	f.t.Helper()
	killed := true
	for n := 1; killed; n++ {
		if !need.Sampled(n, sampleOfInstants) {
			continue
		}
		var last tracer.Call
		f.prepare(a)
		last, killed = f.killBehind(a, n, pause)
		f.checkClean(a, n, last)
		if killed {
			instants++
		}
	}
	if need.Whole() && instants < 30 {
		f.t.Errorf("only %d instants", instants)
	}
	f.t.Logf("%d instants", instants)
	return instants
}

// killBehind kills the act behind its n-th call, and returns that, or reports that it has
// fewer.
func (f *fixture) killBehind(a act, n int, pause time.Duration) (last tracer.Call, killed bool) {
	f.t.Helper()
	count := 0
	leave := func(c tracer.Call) tracer.Verdict {
		if c.OfRuntime() || killed {
			return tracer.Verdict{}
		}
		count++
		last, killed = c, count == n
		if killed {
			time.Sleep(pause)
		}
		return tracer.Verdict{Kill: killed}
	}
	out, status, err := f.traced(tracer.Handler{Leave: leave}, a.args...)
	switch {
	case err != nil:
		f.t.Fatalf("instant %d: %v: %s", n, err, out)
	case killed && !(status.Signaled() && status.Signal() == unix.SIGKILL), !killed && status.ExitStatus() != 0:
		f.t.Fatalf("instant %d: ended with %#x: %s", n, status, out)
	}
	return last, killed
}

// checkClean has everybody look at what a killed command has left, and deletes that.
func (f *fixture) checkClean(a act, n int, last tracer.Call) {
	f.t.Helper()
	if out, status := f.rt("state", "c1"); status != 0 && !strings.Contains(out, "does not exist") {
		f.t.Errorf("instant %d, behind call %d: state: exit status %d: %s", n, last.Nr, status, out)
	}
	if out, status := f.rt("list"); status != 0 || strings.Contains(out, "warning") {
		f.t.Errorf("instant %d, behind call %d: list: exit status %d: %s", n, last.Nr, status, out)
	}
	start := time.Now()
	if out, status := f.rt(forceC1...); status != 0 || out != "" {
		f.t.Errorf("instant %d, behind call %d: delete --force: exit status %d: %s", n, last.Nr, status, out)
	}
	if took := time.Since(start); took > 5*time.Second {
		f.t.Errorf("instant %d, behind call %d: delete --force took %v", n, last.Nr, took)
	}
	if a.byCRIU() {
		f.awaitNothing() // a CRIU whose rt is gone ends by itself
	}
	if left := f.mark.Find(); len(left) > 0 {
		f.t.Errorf("instant %d, behind call %d: left behind: %s", n, last.Nr, describe(left))
	}
	if f.t.Failed() {
		f.t.FailNow()
	}
}
