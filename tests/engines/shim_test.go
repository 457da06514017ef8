package engines

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/oci-rt/rt/tests/need"
	"golang.org/x/sys/unix"
)

// shimRuntime is what containerd calls the runtime whose shim is rt's own.
const shimRuntime = "io.containerd.rt.v1"

// eachContainerd runs a test of the shim under the distribution's containerd, and under
// a new one, which speaks newer protocols to shims.
func eachContainerd(t *testing.T, test func(t *testing.T, e *engine)) {
	needEngine(t)
	for _, containerd := range []string{"distribution", "new"} {
		t.Run(containerd, func(t *testing.T) {
			if containerd == "new" {
				prependPath(t, need.Made(t, containerdVar, "make test-engines"))
			}
			offerShim(t)
			test(t, startContainerd(t))
		})
	}
}

// offerShim puts the shim where engines find it until the end of the test.
func offerShim(t *testing.T) {
	t.Helper()
	shim, err := filepath.Abs(need.Made(t, shimVar, "make test-engines"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Symlink(shim, filepath.Join(dir, "containerd-shim-rt-v1")); err != nil {
		t.Fatal(err)
	}
	prependPath(t, dir)
}

// prependPath lets programs be looked for in a directory first.
func prependPath(t *testing.T, dir string) {
	t.Helper()
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
}

// shimRun returns the arguments of ctr that run a container with the shim.
func (e *engine) shimRun(id string, flags []string, command ...string) []string {
	args := []string{"run", "--runtime", shimRuntime, "--snapshotter", "native", "--cgroup", e.cgroupParent() + "/" + id}
	return append(append(append(args, flags...), image, id), command...)
}

// taskStatus is what ctr says of a task, or "".
func (e *engine) taskStatus(t *testing.T, id string) string {
	t.Helper()
	for line := range strings.Lines(e.ok(t, "tasks", "ls")) {
		if f := strings.Fields(line); f[0] == id {
			return f[2]
		}
	}
	return ""
}

// awaitTask waits until a task has this status.
func (e *engine) awaitTask(t *testing.T, id, want string) {
	t.Helper()
	if !poll(func() bool { return e.taskStatus(t, id) == want }) {
		t.Fatalf("the task %s is %q, not %q", id, e.taskStatus(t, id), want)
	}
}

// shims returns the pids of the shims.
func shims(t *testing.T) []int {
	t.Helper()
	return shimPids()
}

func shimPids() (pids []int) {
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range dirs {
		pid, err := strconv.Atoi(filepath.Base(dir))
		if err != nil {
			continue
		}
		line := commandLine(pid)
		if strings.Contains(line, "containerd-shim-rt-v1\x00") || strings.Contains(line, "\x00-socket\x00") {
			pids = append(pids, pid)
		}
	}
	return pids
}

// commandLine returns a process's arguments, each with a zero behind it.
func commandLine(pid int) string {
	line, _ := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "cmdline"))
	return string(line)
}

// untilTerm is a program that runs until SIGTERM, and then exits with status 5.
const untilTerm = "trap 'exit 5' TERM; while :; do sleep 0.1; done"

func TestShimLife(t *testing.T) {
	eachContainerd(t, func(t *testing.T, e *engine) {
		e.ok(t, e.shimRun("demo", []string{"--detach"}, "sh", "-c", untilTerm)...)
		e.awaitTask(t, "demo", "RUNNING")
		e.prints(t, "in", "tasks", "exec", "--exec-id", "e1", "demo", "echo", "in")
		e.fails(t, 9, "", "tasks", "exec", "--exec-id", "e2", "demo", "sh", "-c", "exit 9")
		e.fails(t, 1, `process.args[0]: exec: "no-such-program": executable file not found in $PATH`, "tasks", "exec", "--exec-id", "e3", "demo", "no-such-program")
		r := e.terminal(t, "", "tasks", "exec", "--exec-id", "e4", "--tty", "demo", "sh", "-c", "tty; sleep 1; stty size")
		if r.stdout != "/dev/pts/0\n33 77\n" {
			t.Errorf("exec --tty: %+v", r)
		}
		e.ok(t, "tasks", "pause", "demo")
		e.awaitTask(t, "demo", "PAUSED")
		e.ok(t, "tasks", "resume", "demo")
		e.awaitTask(t, "demo", "RUNNING")
		if got := e.ok(t, "tasks", "metrics", "demo"); !strings.Contains(got, "memory.usage_in_bytes") && !strings.Contains(got, "memory.usage") {
			t.Errorf("metrics: %s", got)
		}
		if got := e.ok(t, "tasks", "ps", "demo"); len(strings.Split(got, "\n")) < 2 {
			t.Errorf("tasks ps: %s", got)
		}
		e.ok(t, "tasks", "kill", "-s", "SIGTERM", "demo")
		e.awaitTask(t, "demo", "STOPPED")
		if r := e.run(t, "tasks", "delete", "demo"); r.status != 5 && !strings.Contains(r.stderr, "exit code 5") {
			t.Errorf("tasks delete: %+v, want status 5", r)
		}
		e.ok(t, "containers", "delete", "demo")
		checkShimGone(t)
	})
}

// checkShimGone fails the test unless the last container's shim has ended, and nothing
// is left where the states of containers are.
func checkShimGone(t *testing.T) {
	t.Helper()
	if !poll(func() bool { return len(shims(t)) == 0 }) {
		t.Errorf("shims are left: %v", shims(t))
	}
	if left, _ := filepath.Glob("/run/containerd/rt/*/*"); len(left) > 0 {
		t.Errorf("states of containers are left: %v", left)
	}
	if left, _ := filepath.Glob("/run/containerd/s/*"); len(left) > 0 {
		t.Errorf("sockets of shims are left: %v", left)
	}
}

func TestShimTerminal(t *testing.T) {
	eachContainerd(t, func(t *testing.T, e *engine) {
		r := e.terminal(t, "", e.shimRun("one", []string{"--rm", "--tty"}, "sh", "-c", "tty; exit 4")...)
		if r.stdout != "/dev/pts/0\n" || r.status != 4 {
			t.Errorf("ctr run --tty: %+v", r)
		}
	})
}

// TestShimStreams has input that ends, output that is larger than all buffers, and
// output that goes to a file.
func TestShimStreams(t *testing.T) {
	eachContainerd(t, func(t *testing.T, e *engine) {
		e.ok(t, e.shimRun("demo", []string{"--detach"}, "sh", "-c", untilTerm)...)
		large := strings.Repeat("0123456789abcde\n", 1<<16)
		for i := range 5 {
			r := e.runWith(t, large, "tasks", "exec", "--exec-id", "cat"+strconv.Itoa(i), "demo", "cat")
			if r.stdout != large || r.status != 0 {
				t.Fatalf("cat: %d bytes, status %d, want %d\n%s", len(r.stdout), r.status, len(large), r.stderr)
			}
		}
		r := e.run(t, "tasks", "exec", "--exec-id", "err", "demo", "sh", "-c", "echo out; echo err >&2")
		if r.stdout != "out\n" || !strings.Contains(r.stderr, "err\n") {
			t.Errorf("both outputs: %+v", r)
		}
		file := e.path("log")
		e.ok(t, "tasks", "exec", "--exec-id", "file", "--log-uri", "file://"+file, "--detach", "demo", "echo", "logged")
		if !poll(func() bool { data, _ := os.ReadFile(file); return string(data) == "logged\n" }) {
			t.Error("nothing was logged to the file")
		}
	})
}

func TestShimFailures(t *testing.T) {
	eachContainerd(t, func(t *testing.T, e *engine) {
		for range 3 {
			e.fails(t, 1, `exec: "no-such-program": executable file not found in $PATH`, e.shimRun("one", []string{"--rm"}, "no-such-program")...)
		}
		e.fails(t, 1, "no such file or directory", e.shimRun("one", []string{"--rm", "--mount=type=bind,src=/no/such,dst=/v,options=rbind"}, "true")...)
		e.ok(t, e.shimRun("one", []string{"--rm"}, "true")...)
		checkShimGone(t)
	})
}

// TestShimKilled kills the shim. What it ran must be gone then, and containerd must know.
func TestShimKilled(t *testing.T) {
	eachContainerd(t, func(t *testing.T, e *engine) {
		e.ok(t, e.shimRun("demo", []string{"--detach"}, "sh", "-c", untilTerm)...)
		pids := shims(t)
		if len(pids) != 1 {
			t.Fatalf("shims: %v, want one", pids)
		}
		if err := unix.Kill(pids[0], unix.SIGKILL); err != nil {
			t.Fatal(err)
		}
		if !poll(func() bool { s := e.taskStatus(t, "demo"); return s == "" || s == "STOPPED" }) {
			t.Errorf("the task is %s", e.taskStatus(t, "demo"))
		}
		e.ok(t, "containers", "delete", "demo")
		checkShimGone(t)
		e.ok(t, e.shimRun("demo", []string{"--rm"}, "true")...)
	})
}

// TestShimShort has 1,000 containers that end at once, half of them under each containerd.
// No exit status may be lost.
func TestShimShort(t *testing.T) {
	eachContainerd(t, func(t *testing.T, e *engine) {
		const containers, workers = 500, 4
		var group sync.WaitGroup
		for w := range workers {
			group.Go(func() {
				for i := w; i < containers; i += workers {
					want := i % 100
					r := e.run(t, e.shimRun(fmt.Sprintf("short%d", i), []string{"--rm"}, "sh", "-c", fmt.Sprintf("echo %d; exit %d", i, want))...)
					if r.status != want || r.stdout != fmt.Sprintln(i) {
						t.Errorf("container %d: %+v, want status %d", i, r, want)
					}
				}
			})
		}
		group.Wait()
		checkShimGone(t)
	})
}

// TestShimGroup has two containers in one shim, which ends with the last one.
func TestShimGroup(t *testing.T) {
	eachContainerd(t, func(t *testing.T, e *engine) {
		for _, id := range []string{"first", "second"} {
			e.ok(t, e.shimRun(id, []string{"--detach", "--annotation=io.kubernetes.cri.sandbox-id=first"}, "sh", "-c", untilTerm)...)
		}
		if pids := shims(t); len(pids) != 1 {
			t.Errorf("shims: %v, want one", pids)
		}
		for _, id := range []string{"first", "second"} {
			e.ok(t, "tasks", "kill", "-s", "SIGKILL", id)
			e.awaitTask(t, id, "STOPPED")
			if r := e.run(t, "tasks", "delete", id); r.status != 137 && !strings.Contains(r.stderr, "exit code 137") {
				t.Errorf("tasks delete: %+v, want status 137", r)
			}
			e.ok(t, "containers", "delete", id)
		}
		checkShimGone(t)
	})
}

// TestShimInfo asks the shim what the runtime can do, as containerd does.
func TestShimInfo(t *testing.T) {
	needEngine(t)
	shim := need.Made(t, shimVar, "make test-engines")
	e := newEngine(t, shim)
	r := e.run(t, "-info")
	for _, want := range []string{shimRuntime, "ociVersionMin", "idmap"} {
		if !strings.Contains(r.stdout, want) {
			t.Errorf("-info lacks %q: %+v", want, r)
		}
	}
	e.fails(t, 1, "containerd starts this program", "start")
	if slices.Contains(strings.Fields(e.ok(t, "-v")), "") {
		t.Error("-v prints nothing")
	}
}
