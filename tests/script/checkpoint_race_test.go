package script

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/oci-rt/rt/tests/need"
)

// TestKilledRestorer kills restores at random instants: delete --force clears up
// whatever is there, and what was saved can be restored still.
func TestKilledRestorer(t *testing.T) {
	need.CRIU(t)
	f := newFixture(t, "sh", "-c", "sleep 100 & wait")
	img := filepath.Join(t.TempDir(), "img")
	f.mustRT("run", "--detach", "--bundle", f.bundle, "c1")
	f.mustRT("checkpoint", "--image-path", img, "c1")
	restore := []string{"restore", "--detach", "--bundle", f.bundle, "--image-path", img, "c1"}
	start := time.Now()
	f.mustRT(restore...)
	took := time.Since(start)
	f.mustRT("delete", "--force", "c1")
	for round := range criuRounds() {
		cmd, _ := f.command(restore...)
		at := killWithin(t, cmd, took)
		if out, status := f.rt("delete", "--force", "c1"); status != 0 {
			t.Fatalf("round %d, killed after %v: delete --force: exit status %d: %s", round, at, status, out)
		}
		f.awaitNothing()
		if t.Failed() {
			t.Fatalf("round %d, killed after %v", round, at)
		}
	}
	f.mustRT(restore...)
	f.mustRT("delete", "--force", "c1")
}

// TestKilledCheckpointer kills checkpoints at random instants: the container
// runs, unless all was done, and can be deleted.
func TestKilledCheckpointer(t *testing.T) {
	need.CRIU(t)
	f := newFixture(t, "sh", "-c", "sleep 100 & wait")
	img := filepath.Join(t.TempDir(), "img")
	checkpoint := []string{"checkpoint", "--image-path", img, "c1"}
	f.mustRT("run", "--detach", "--bundle", f.bundle, "c1")
	start := time.Now()
	f.mustRT(checkpoint...)
	took := time.Since(start)
	for round := range criuRounds() {
		f.mustRT("run", "--detach", "--bundle", f.bundle, "c1")
		cmd, _ := f.command(checkpoint...)
		at := killWithin(t, cmd, took)
		f.checkNotStuck()
		if out, status := f.rt("delete", "--force", "c1"); status != 0 {
			t.Fatalf("round %d, killed after %v: delete --force: exit status %d: %s", round, at, status, out)
		}
		f.awaitNothing()
		if t.Failed() {
			t.Fatalf("round %d, killed after %v", round, at)
		}
	}
}

// checkNotStuck runs a command in the container, which works if that runs, and
// fails if CRIU has ended it. It waits as long as the container is frozen.
func (f *fixture) checkNotStuck() {
	f.t.Helper()
	cmd, out := f.command("exec", "c1", "true")
	if err := cmd.Start(); err != nil {
		f.t.Fatal(err)
	}
	timer := time.AfterFunc(pollTimeout, func() {
		f.t.Error("the container is frozen")
		_ = cmd.Process.Kill()
	})
	defer timer.Stop()
	if err := cmd.Wait(); err != nil {
		data, _ := os.ReadFile(out.Name())
		f.t.Logf("exec: %v: %s", err, data)
	}
}

func criuRounds() int {
	if testing.Short() {
		return 3
	}
	return 12
}

// killWithin starts a command and kills it within this time, and returns when.
func killWithin(t *testing.T, cmd *exec.Cmd, limit time.Duration) time.Duration {
	t.Helper()
	at := time.Duration(rand.Int64N(int64(limit)))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(at)
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	return at
}

// awaitNothing waits until nothing is left of the containers: a CRIU whose rt is
// gone ends by itself.
func (f *fixture) awaitNothing() {
	f.t.Helper()
	left := f.mark.Find()
	for deadline := time.Now().Add(pollTimeout); len(left) > 0; left = f.mark.Find() {
		if time.Now().After(deadline) {
			f.t.Errorf("left behind: %s", describe(left))
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}
