package engines

import "testing"

// TestDockerCheckpoint saves a container that goes on and one that ends, and starts
// it from there. Only an experimental daemon does.
func TestDockerCheckpoint(t *testing.T) {
	e := startDocker(t, "--experimental")
	needCRIU(t)
	n := e.startCounting(t, "counter")
	e.ok(t, "checkpoint", "create", "--leave-running", "counter", "one")
	n = e.counted(t, "counter", n)
	e.ok(t, "checkpoint", "create", "counter", "two")
	e.await(t, "exited", "inspect", "--format={{.State.Status}}", "counter")
	e.ok(t, "start", "--checkpoint", "two", "counter")
	e.counted(t, "counter", n)
}
