package engines

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/oci-rt/rt/tests/need"
)

// count is how far a counting container is, as ctr finds out.
func (e *engine) count(t *testing.T, id, execID string) string {
	t.Helper()
	return e.run(t, "tasks", "exec", "--exec-id", execID, id, "cat", "/dev/shm/n").stdout
}

// TestShimCheckpoint saves a container that goes on. One that cannot be saved goes on too,
// and the user hears why.
func TestShimCheckpoint(t *testing.T) {
	eachContainerd(t, func(t *testing.T, e *engine) {
		e.ok(t, e.shimRun("demo", []string{"--detach"}, "top")...)
		checkpoint := []string{"tasks", "checkpoint", "--image-path", e.path("images"), "--work-path", e.path("work"), "demo"}
		if exec.Command(need.Program(t, "criu"), "check").Run() != nil {
			e.fails(t, 1, "criu", checkpoint...)
			e.prints(t, "on", "tasks", "exec", "--exec-id", "e1", "demo", "echo", "on")
			t.Skip("needs a CRIU that knows this kernel")
		}
		e.ok(t, checkpoint...)
		if images, _ := filepath.Glob(e.path("images/core-*.img")); len(images) == 0 {
			t.Error("no image of a process")
		}
		e.prints(t, "on", "tasks", "exec", "--exec-id", "e1", "demo", "echo", "on")
		time.Sleep(time.Second) // ctr calls a checkpoint by the second
		e.ok(t, "tasks", "checkpoint", "--exit", "--image-path", e.path("last"), "--work-path", e.path("work"), "demo")
		e.awaitTask(t, "demo", "STOPPED")
		e.run(t, "tasks", "delete", "demo")
		e.ok(t, "containers", "delete", "demo")
		checkShimGone(t)
	})
}

// TestShimRestore makes an image of a running container, and another container of that,
// which is as good as one that was started.
func TestShimRestore(t *testing.T) {
	eachContainerd(t, func(t *testing.T, e *engine) {
		needCRIU(t)
		e.ok(t, e.shimRun("demo", []string{"--detach"}, "sh", "-c", "trap 'exit 5' TERM; "+counting)...)
		if !poll(func() bool { return len(e.count(t, "demo", "n")) > 3 }) { // three digits
			t.Fatal("it does not count")
		}
		const saved = "localhost/saved:1"
		e.ok(t, "containers", "checkpoint", "--task", "--rw", "--image", "demo", saved)
		e.ok(t, "tasks", "delete", "--force", "demo")
		e.ok(t, "containers", "delete", "demo")
		checkShimGone(t)
		e.ok(t, "containers", "restore", "--rw", "--live", "demo2", saved)
		e.awaitTask(t, "demo2", "RUNNING")
		before := e.count(t, "demo2", "n1")
		if len(before) < 3 {
			t.Errorf("restored, it counts %s", before)
		}
		if !poll(func() bool { return e.count(t, "demo2", "n2") != before }) {
			t.Error("restored, it does not count on")
		}
		if got := e.ok(t, "tasks", "metrics", "demo2"); !strings.Contains(got, "memory.usage") {
			t.Errorf("metrics: %s", got)
		}
		e.ok(t, "tasks", "kill", "-s", "SIGTERM", "demo2")
		e.awaitTask(t, "demo2", "STOPPED")
		if r := e.run(t, "tasks", "delete", "demo2"); r.status != 5 && !strings.Contains(r.stderr, "exit code 5") {
			t.Errorf("tasks delete: %+v, want status 5", r)
		}
		e.ok(t, "containers", "delete", "demo2")
		checkShimGone(t)
	})
}

// TestShimDockerCheckpoint starts a container from a checkpoint. Only an experimental
// daemon does. (It tells runc's shim alone to end a container that was saved.)
func TestShimDockerCheckpoint(t *testing.T) {
	e := startShimDocker(t, "--experimental")
	needCRIU(t)
	n := e.startCounting(t, "counter")
	e.ok(t, "checkpoint", "create", "--leave-running", "counter", "one")
	e.counted(t, "counter", n)
	e.ok(t, "kill", "counter")
	e.await(t, "exited", "inspect", "--format={{.State.Status}}", "counter")
	e.ok(t, "start", "--checkpoint", "one", "counter")
	e.counted(t, "counter", n)
	e.removeContainers(t)
	checkShimGone(t)
}
