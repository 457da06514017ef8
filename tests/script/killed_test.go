package script

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/oci-rt/rt/tests/bundle"
	"github.com/oci-rt/rt/tests/leak"
	"golang.org/x/sys/unix"
)

// TestKilledCreatorOfStoppedInit kills a creator whose init is stopped, far from
// ready: the init cannot end by itself, so delete --force has to find it.
func TestKilledCreatorOfStoppedInit(t *testing.T) {
	f := newFixture(t, "sleep", "100")
	mounts := []any{map[string]any{"destination": "/proc", "type": "proc", "source": "proc"}}
	for i := range 500 {
		mounts = append(mounts, map[string]any{"destination": fmt.Sprintf("/m%d", i), "type": "tmpfs", "source": "tmpfs"})
	}
	if err := bundle.EditFile(filepath.Join(f.bundle, "config.json"), bundle.Set{Pointer: "/mounts", Value: mounts}); err != nil {
		t.Fatal(err)
	}
	cmd, out := f.command("create", "--bundle", f.bundle, "c1")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	init := childOf(t, cmd.Process.Pid)
	_ = unix.Kill(init, unix.SIGSTOP)
	_ = cmd.Process.Kill()
	if state, _ := cmd.Process.Wait(); state.Exited() {
		text, _ := os.ReadFile(out.Name())
		t.Fatalf("the creator was faster, or failed: %v: %s", state, text)
	}
	if !running(init) {
		t.Fatal("the init has ended already")
	}
	if out, status := f.rt("delete", "--force", "c1"); status != 0 {
		t.Errorf("delete --force: exit status %d: %s", status, out)
	}
	if left := f.mark.Find(); len(left) > 0 {
		t.Errorf("left behind: %s", describe(left))
	}
	if running(init) {
		t.Error("the init is still there")
		_ = unix.Kill(init, unix.SIGKILL)
	}
}

// childOf waits for a process to have a child, and for the image of rt in it.
func childOf(t *testing.T, parent int) int {
	t.Helper()
	for deadline := time.Now().Add(pollTimeout); time.Now().Before(deadline); {
		procs, _ := filepath.Glob("/proc/[0-9]*")
		for _, proc := range procs {
			exe, _ := os.Readlink(proc + "/exe")
			if leak.Stat(proc, 4) == parent && strings.Contains(exe, "rt-init") {
				pid, _ := strconv.Atoi(filepath.Base(proc))
				return pid
			}
		}
	}
	t.Fatal("rt has no init")
	return 0
}
