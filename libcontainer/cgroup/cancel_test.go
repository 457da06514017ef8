package cgroup

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// soon returns a context that ends while something waits.
func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	t.Cleanup(cancel)
	return ctx
}

func wantCancelled(t *testing.T, err error, waitedFor string) {
	t.Helper()
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), waitedFor) {
		t.Errorf("error is %v, want one that says %q", err, waitedFor)
	}
}

// neverFreezes is a cgroup of v2 in plain files, whose processes do not freeze.
func neverFreezes(t *testing.T) (c *Config, state string) {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"cgroup.freeze", "cgroup.events", "cgroup.procs"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	mount, path := filepath.Split(dir)
	c = &Config{Version: 2, Made: true, Hierarchies: []Hierarchy{{Mount: strings.TrimSuffix(mount, "/"), Path: "/" + path}}}
	return c, filepath.Join(dir, "cgroup.freeze")
}

// Freezing that nobody waits for any more is taken back.
func TestFreezeIsCancelled(t *testing.T) {
	c, state := neverFreezes(t)
	wantCancelled(t, c.Freeze(soon(t)), "freeze the container: wait until its processes are frozen")
	if got, _ := os.ReadFile(state); string(got) != "0" {
		t.Errorf("%s has %q, want 0", state, got)
	}
}

// A kill that nobody waits for any more leaves nothing frozen.
func TestKillIsCancelled(t *testing.T) {
	c, state := neverFreezes(t) // no cgroup.kill, as before Linux 5.14
	begin := time.Now()
	wantCancelled(t, c.Kill(soon(t), unix.SIGKILL), "signal the processes of the container")
	if d := time.Since(begin); d > killFreezeTimeout {
		t.Errorf("it took %v", d)
	}
	if got, _ := os.ReadFile(state); string(got) != "0" {
		t.Errorf("%s has %q, want 0", state, got)
	}
}

// The removal of cgroups that nobody waits for any more can be done later.
func TestDestroyIsCancelled(t *testing.T) {
	each(t, func(t *testing.T, c *Config) {
		create(t, c)
		cmd := start(t, c, "exec sleep 100")
		wantCancelled(t, c.Destroy(soon(t)), "wait until ")
		below := *c
		below.Made = false // as after a creator that has died
		wantCancelled(t, below.Destroy(soon(t)), "wait until the ")
		if !c.exists() {
			t.Error("the cgroup is gone, with a process in it")
		}
		if err := c.Kill(t.Context(), unix.SIGKILL); err != nil {
			t.Fatal(err)
		}
		endOf(t, cmd)
		if err := c.Destroy(t.Context()); err != nil || c.exists() {
			t.Errorf("destroy: %v, exists: %v", err, c.exists())
		}
	})
}
