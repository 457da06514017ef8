package hook

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// shell returns a hook that runs a shell script.
func shell(script string) Hook {
	return Hook{Hook: specs.Hook{Path: "/bin/sh", Args: []string{"hook", "-c", script}}, Place: "hooks.poststart[0]"}
}

// newRunner returns a runner whose hooks run in a directory of their own.
func newRunner(t *testing.T) (*Runner, string) {
	t.Helper()
	dir := t.TempDir()
	return &Runner{State: specs.State{ID: "one", Status: specs.StateRunning, Pid: 42}, Start: InRuntime(dir)}, dir
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestList(t *testing.T) {
	hooks := &specs.Hooks{CreateRuntime: []specs.Hook{{Path: "/a"}, {Path: "/b\n", Args: []string{"x", "y"}}}}
	var got [][]string
	for _, h := range List(hooks, spec.CreateRuntime) {
		got = append(got, append(h.Argv(), h.String()))
	}
	want := [][]string{
		{"/a", "hooks.createRuntime[0] (/a)"},
		{"x", "y", `hooks.createRuntime[1] (/b\n)`},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if list := List(nil, spec.Poststop); len(list) > 0 {
		t.Errorf("no hooks are %v", list)
	}
}

// A hook reads the state from stdin, however large it is, and may open it
// again.
func TestState(t *testing.T) {
	r, dir := newRunner(t)
	r.State.Annotations = map[string]string{"large": strings.Repeat("x", 1<<17)}
	if err := r.Run([]Hook{shell("cat >state; cat /dev/stdin >again")}); err != nil {
		t.Fatal(err)
	}
	want, err := json.Marshal(r.State)
	if err != nil {
		t.Fatal(err)
	}
	if got := read(t, filepath.Join(dir, "state")); got != string(want) {
		t.Errorf("%d bytes, want %d", len(got), len(want))
	}
	if got := read(t, filepath.Join(dir, "again")); got != string(want) {
		t.Errorf("opened again: %d bytes, want %d", len(got), len(want))
	}
	if err := r.Run([]Hook{shell("exit 0")}); err != nil {
		t.Errorf("a hook that does not read: %v", err)
	}
}

// A hook has no descriptor of the runtime.
func TestDescriptors(t *testing.T) {
	r, dir := newRunner(t)
	// What this process has inherited is its own to keep.
	if err := unix.CloseRange(3, math.MaxUint32, unix.CLOSE_RANGE_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	r.Output.Stdout = filepath.Join(dir, "out")
	if err := r.Run([]Hook{{Hook: specs.Hook{Path: "/bin/ls", Args: []string{"ls", "/proc/self/fd"}}}}); err != nil {
		t.Fatal(err)
	}
	if got := read(t, r.Output.Stdout); got != "0\n1\n2\n3\n" { // 3 is the directory
		t.Errorf("descriptors %q", got)
	}
}

// A hook gets its arguments, the directory, the environment, and a process
// group of its own.
func TestSurroundings(t *testing.T) {
	r, dir := newRunner(t)
	t.Setenv("RUNTIME", "yes")
	h := shell(`pwd; echo "$0 $RUNTIME $OWN"; ps -o pgid= -p $$ | tr -d ' ' | grep -qx $$`)
	for _, test := range []struct {
		env  []string
		want string
	}{
		{nil, "hook yes "},
		{[]string{"OWN=1", "PATH=/bin:/usr/bin"}, "hook  1"},
	} {
		h.Env = test.env
		r.Output.Stdout = filepath.Join(t.TempDir(), "out")
		if err := r.Run([]Hook{h}); err != nil {
			t.Fatal(err)
		}
		want := dir + "\n" + test.want + "\n"
		if got := read(t, r.Output.Stdout); got != want {
			t.Errorf("env %v: got %q, want %q", test.env, got, want)
		}
	}
	h = Hook{Hook: specs.Hook{Path: "/usr/bin/env", Env: []string{}}}
	r.Output.Stdout = filepath.Join(dir, "empty")
	if err := r.Run([]Hook{h}); err != nil || read(t, r.Output.Stdout) != "" {
		t.Errorf("an empty environment holds %q (%v)", read(t, r.Output.Stdout), err)
	}
}

func TestErrors(t *testing.T) {
	r, dir := newRunner(t)
	script := filepath.Join(dir, "script")
	if err := os.WriteFile(script, []byte("#!/no/such\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ path, script, want string }{
		{"", "exit 0", ""},
		{"", "echo said; exit 0", ""},
		{"", "exit 3", "exit status 3"},
		{"", "echo out; echo; echo '  err' >&2; exit 4", "exit status 4: out; err"},
		{"", `printf 'a\033[31m\n'; exit 1`, `exit status 1: a\x1b[31m`},
		{"", "echo again >/dev/stderr; exit 1", "exit status 1: again"},
		{"", "kill -9 $$", "killed by SIGKILL"},
		{"/no/such", "", "execute: no such file or directory"},
		{dir, "", "execute: permission denied"},
		{script, "", "execute: permission denied"},
	}
	for _, test := range tests {
		h := shell(test.script)
		if test.path != "" {
			h.Path = test.path
		}
		want := test.want
		if want != "" {
			want = h.String() + ": " + want
		}
		got := ""
		if err := r.Run([]Hook{h}); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s%s: got %q, want %q", test.path, test.script, got, want)
		}
	}
}

// Only the end of a long output is kept.
func TestLongOutput(t *testing.T) {
	r, _ := newRunner(t)
	err := r.Run([]Hook{shell("head -c 1000000 /dev/zero | tr '\\0' x; echo the end; exit 1")})
	if err == nil {
		t.Fatal("no error")
	}
	text := err.Error()
	if len(text) > maxOutput+100 || !strings.HasSuffix(text, "xxthe end") || !strings.Contains(text, ": … xxx") {
		t.Errorf("%d bytes: %q … %q", len(text), text[:80], text[len(text)-40:])
	}
}

// The first failure ends Run, and no failure ends RunAll.
func TestOrder(t *testing.T) {
	r, dir := newRunner(t)
	list := []Hook{shell("echo 1 >>log"), shell("echo 2 >>log; exit 1"), shell("echo 3 >>log; exit 1")}
	if err := r.Run(list); err == nil {
		t.Error("no error")
	}
	if got := read(t, filepath.Join(dir, "log")); got != "1\n2\n" {
		t.Errorf("Run: %q", got)
	}
	if errs := r.RunAll(list); len(errs) != 2 {
		t.Errorf("RunAll: %v", errs)
	}
	if got := read(t, filepath.Join(dir, "log")); got != "1\n2\n1\n2\n3\n" {
		t.Errorf("RunAll: %q", got)
	}
}

// A hook that takes too long is killed with all processes that it started.
func TestTimeout(t *testing.T) {
	r, dir := newRunner(t)
	h := shell("sleep 100 & echo $! >child; echo waiting; wait")
	h.Timeout = new(1)
	err := r.Run([]Hook{h})
	if want := h.String() + ": timed out after 1s: waiting"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	child := strings.TrimSpace(read(t, filepath.Join(dir, "child")))
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		status, err := os.ReadFile("/proc/" + child + "/status")
		if err != nil || strings.Contains(string(status), "State:\tZ") {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("process %s of the hook runs", child)
		}
	}
}

// A daemon that a hook leaves behind keeps nobody waiting.
func TestDaemon(t *testing.T) {
	r, dir := newRunner(t)
	begin := time.Now()
	err := r.Run([]Hook{shell("sleep 100 & echo $! >child; echo started; exit 1")})
	if err == nil || !strings.HasSuffix(err.Error(), "exit status 1: started") {
		t.Errorf("got %v", err)
	}
	if took := time.Since(begin); took > 20*time.Second {
		t.Errorf("took %v", took)
	}
	pgid, err := unix.Getpgid(atoi(t, read(t, filepath.Join(dir, "child"))))
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Kill(-pgid, unix.SIGKILL); err != nil {
		t.Error(err)
	}
}

// Output goes to the end of the files that are given, and the rest of it into
// the error.
func TestOutputFiles(t *testing.T) {
	r, dir := newRunner(t)
	out, errs := filepath.Join(dir, "out"), filepath.Join(dir, "err")
	h := shell("echo to stdout; echo to stderr >&2; exit 1")
	for _, test := range []struct {
		files Files
		want  string
	}{
		{Files{out, ""}, "exit status 1: to stderr"},
		{Files{"", errs}, "exit status 1: to stdout"},
		{Files{out, errs}, "exit status 1"},
		{Files{out, out}, "exit status 1"},
		{Files{dir + "/none/out", ""}, "output: open " + dir + "/none/out: no such file or directory"},
	} {
		r.Output = test.files
		if err := r.Run([]Hook{h}); err == nil || err.Error() != h.String()+": "+test.want {
			t.Errorf("%v: got %v, want %s", test.files, err, test.want)
		}
	}
	if got := read(t, out); got != "to stdout\nto stdout\nto stdout\nto stderr\n" {
		t.Errorf("stdout: %q", got)
	}
	if got := read(t, errs); got != "to stderr\nto stderr\n" {
		t.Errorf("stderr: %q", got)
	}
}

func TestLimit(t *testing.T) {
	huge := int(^uint(0) >> 1)
	for _, test := range []struct {
		timeout *int
		want    time.Duration
	}{{nil, 0}, {new(1), time.Second}, {&huge, maxSeconds * time.Second}} {
		h := Hook{Hook: specs.Hook{Timeout: test.timeout}}
		if got := h.limit(); got != test.want {
			t.Errorf("%v, want %v", got, test.want)
		}
	}
}
