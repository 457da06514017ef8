package engines

import (
	"os/exec"
	"strconv"
	"testing"

	"github.com/oci-rt/rt/tests/need"
)

// counting is a script that counts in the container's memory: in a variable, and
// in a file that is there.
const counting = `n=0; while :; do n=$((n+1)); echo $n >/dev/shm/n; sleep 0.05; done`

// needCRIU skips the test where containers cannot be saved.
func needCRIU(t *testing.T) {
	t.Helper()
	if exec.Command(need.Program(t, "criu"), "check").Run() != nil {
		t.Skip("needs a CRIU that knows this kernel")
	}
}

// counted waits until a counting container has gone on from a number, and returns
// how far it is.
func (e *engine) counted(t *testing.T, container string, from int) int {
	t.Helper()
	var n int
	ok := poll(func() bool {
		n, _ = strconv.Atoi(e.ok(t, "exec", container, "cat", "/dev/shm/n"))
		return n > from
	})
	if !ok {
		t.Fatalf("%s has counted to %d, and not on from %d", container, n, from)
	}
	return n
}

// startCounting starts a container that counts, and waits for the number that tells
// it from one that has begun anew.
func (e *engine) startCounting(t *testing.T, container string) int {
	t.Helper()
	e.ok(t, "run", "-d", "--name="+container, image, "sh", "-c", counting)
	if !poll(func() bool { return e.run(t, "exec", container, "test", "-s", "/dev/shm/n").status == 0 }) {
		t.Fatalf("%s does not count", container)
	}
	return e.counted(t, container, 40)
}

// TestPodmanCheckpointFlags saves a container that goes on, and one with what
// else Podman can ask for.
func TestPodmanCheckpointFlags(t *testing.T) {
	e := newPodman(t)
	needCRIU(t)
	n := e.startCounting(t, "c")
	e.ok(t, "container", "checkpoint", "--leave-running", "c")
	e.prints(t, "running 0", stateOf("c")...)
	n = e.counted(t, "c", n)
	e.ok(t, "container", "checkpoint", "--tcp-established", "--file-locks", "--keep", "c")
	e.ok(t, "container", "restore", "--tcp-established", "--file-locks", "c")
	e.counted(t, "c", n)
}

// TestPodmanMigration has containers of an archive, one after the other and two at
// once.
func TestPodmanMigration(t *testing.T) {
	e := newPodman(t)
	needCRIU(t)
	n := e.startCounting(t, "c")
	archive := e.path("checkpoint.tar.gz")
	e.ok(t, "container", "checkpoint", "--export", archive, "c")
	e.ok(t, "rm", "c")
	e.ok(t, "container", "restore", "--import", archive)
	e.counted(t, "c", n)
	e.ok(t, "container", "restore", "--import", archive, "--name=d")
	e.counted(t, "d", n)
	e.counted(t, "c", n)
}

// TestPodmanPreCheckpoint saves memory first, and what has changed later.
func TestPodmanPreCheckpoint(t *testing.T) {
	e := newPodman(t)
	need.DirtyTracking(t)
	n := e.startCounting(t, "c")
	before, after := e.path("before.tar.gz"), e.path("after.tar.gz")
	e.ok(t, "container", "checkpoint", "--pre-checkpoint", "--export", before, "c")
	n = e.counted(t, "c", n)
	e.ok(t, "container", "checkpoint", "--with-previous", "--export", after, "c")
	e.ok(t, "rm", "c")
	e.ok(t, "container", "restore", "--import-previous", before, "--import", after)
	e.counted(t, "c", n)
}
