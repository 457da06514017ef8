package engines

import (
	"context"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/oci-rt/rt/tests/leak"
	"golang.org/x/sys/unix"
)

// patience bounds every command of an engine, and every wait for something
// that should happen.
const patience = time.Minute

// engine is a directory in which an engine keeps everything, and its command
// line.
type engine struct {
	dir   string
	mark  leak.Mark
	env   []string // of every command, besides PATH
	start []string // how a command line begins
}

// newEngine makes the directory. In the end of the test nothing of it may be
// left but files.
//
// Engines are told to make their cgroups below [engine.cgroupParent], and have
// the engine's directory in their command lines, so that what is left is found.
func newEngine(t *testing.T, start ...string) *engine {
	t.Helper()
	dir, err := os.MkdirTemp("", "rt-engine-")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	e := &engine{
		dir:   dir,
		mark:  leak.Mark{Dir: dir, Tag: "t" + strconv.FormatUint(rand.Uint64(), 36)},
		start: start,
	}
	t.Cleanup(func() { e.checkLeaks(t) })
	return e
}

// cgroupParent is where the engine's containers have their cgroups.
func (e *engine) cgroupParent() string { return "/rt-engine-" + e.mark.Tag }

// checkLeaks fails the test if it left anything, unless it has failed already:
// then it stopped half-way. It removes everything.
func (e *engine) checkLeaks(t *testing.T) {
	e.removeCgroupParent()
	if !t.Failed() {
		for _, left := range e.mark.Find() {
			t.Errorf("left behind: %s", left.What)
		}
	}
	e.mark.Remove()
	if err := os.RemoveAll(e.dir); err != nil {
		t.Errorf("remove the engine's files: %v", err)
	}
}

// removeCgroupParent removes the parent, which engines leave, from all
// hierarchies. One that is not empty stays, and is found.
func (e *engine) removeCgroupParent() {
	dirs, _ := filepath.Glob("/sys/fs/cgroup/*" + e.cgroupParent())
	for _, dir := range append(dirs, "/sys/fs/cgroup"+e.cgroupParent()) {
		_ = unix.Rmdir(dir)
	}
}

// path is a path in the engine's directory.
func (e *engine) path(name string) string { return filepath.Join(e.dir, name) }

// write writes a file below the engine's directory and returns its path.
func (e *engine) write(t *testing.T, name, text string) string {
	t.Helper()
	path := e.path(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// command is a command of the engine.
func (e *engine) command(ctx context.Context, args ...string) *exec.Cmd {
	args = append(append([]string(nil), e.start...), args...)
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "TEST_TAG=" + e.mark.Tag}, e.env...)
	cmd.WaitDelay = time.Second // a container may hold the command's output open
	return cmd
}

// result is how a command ended.
type result struct {
	stdout, stderr string
	status         int
}

// run runs a command of the engine to its end.
func (e *engine) run(t *testing.T, args ...string) result {
	t.Helper()
	return e.runWith(t, "", args...)
}

// runWith is run with a standard input.
func (e *engine) runWith(t *testing.T, stdin string, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := e.command(ctx, args...)
	var stdout, stderr strings.Builder
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &stdout, &stderr
	err := cmd.Run()
	if ctx.Err() != nil || cmd.ProcessState == nil {
		t.Fatalf("%v: %v\n%s%s", args, err, stdout.String(), stderr.String())
	}
	return result{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// ok runs a command that must succeed and returns what it prints, without
// white space around it.
func (e *engine) ok(t *testing.T, args ...string) string {
	t.Helper()
	r := e.run(t, args...)
	if r.status != 0 {
		t.Fatalf("%v: status %d\n%s%s", args, r.status, r.stdout, r.stderr)
	}
	return strings.TrimSpace(r.stdout)
}

// prints runs a command that must succeed and print this.
func (e *engine) prints(t *testing.T, want string, args ...string) {
	t.Helper()
	if got := e.ok(t, args...); got != want {
		t.Errorf("%v printed %q, want %q", args, got, want)
	}
}

// fails runs a command that must fail with this status and a message that
// contains this text.
func (e *engine) fails(t *testing.T, status int, text string, args ...string) {
	t.Helper()
	r := e.run(t, args...)
	if r.status != status || !strings.Contains(r.stderr+r.stdout, text) {
		t.Errorf("%v: status %d, want %d and %q\n%s%s", args, r.status, status, text, r.stdout, r.stderr)
	}
}

// await waits until a command prints this.
func (e *engine) await(t *testing.T, want string, args ...string) {
	t.Helper()
	var got string
	if !poll(func() bool { got = e.ok(t, args...); return got == want }) {
		t.Fatalf("%v still prints %q, not %q", args, got, want)
	}
}

// poll waits until something is so.
func poll(so func() bool) bool {
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		if so() {
			return true
		}
		if time.Now().After(deadline) {
			return false
		}
	}
}
