package cgroup

import (
	"context"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/oci-rt/rt/tests/fakesystemd"
)

// The cgroup of a scope that was not made to the end is systemd's to remove, and
// is waited for. If systemd does not, it is told to stop the scope.
func TestDestroyLeavesScopeToSystemd(t *testing.T) {
	c := newUnified(t)
	h := c.unified()
	if err := h.make(new([]string)); err != nil {
		t.Fatal(err)
	}
	fake := fakesystemd.Run(t)
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", fake.Address)
	c.Scope = &Scope{Unit: "rt-test.scope", Path: h.Path}
	if err := c.Destroy(context.Background()); err != nil {
		t.Error(err)
	}
	if want := "StopUnit rt-test.scope replace"; !slices.Contains(fake.Calls(), want) {
		t.Errorf("systemd was told %q, want %q", fake.Calls(), want)
	}
	if !isDir(h.Dir()) {
		t.Fatal("the cgroup is gone, and systemd would not know")
	}

	removed := make(chan error)
	go func() {
		time.Sleep(50 * time.Millisecond)
		removed <- os.Remove(h.Dir())
	}()
	begin := time.Now()
	if err := c.Destroy(context.Background()); err != nil {
		t.Error(err)
	}
	if isDir(h.Dir()) {
		t.Error("did not wait for the cgroup to be gone")
	}
	if d := time.Since(begin); d > destroyTimeout {
		t.Errorf("waited %v longer than needed", d)
	}
	if err := <-removed; err != nil {
		t.Error(err)
	}
	c.Scope = nil // for the end of the test
}

// A scope that has a process in any hierarchy is somebody's, and is not stopped:
// systemd moves those of some hierarchies elsewhere when it sees fit.
func TestDestroyLeavesOthersScope(t *testing.T) {
	c := newConfig(t)
	create(t, c)
	process := start(t, &Config{Version: c.Version, Hierarchies: []Hierarchy{*managedOne(t, c)}}, "sleep 100")
	fake := fakesystemd.Run(t)
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", fake.Address)
	c.Made, c.Scope = false, &Scope{Unit: "rt-test.scope"}
	if err := c.Destroy(context.Background()); err != nil {
		t.Error(err)
	}
	if calls := fake.Calls(); len(calls) > 0 {
		t.Errorf("systemd was told %q about a scope with process %d", calls, process.Process.Pid)
	}
	c.Made, c.Scope = true, nil // for the end of the test
}

// managedOne returns the last hierarchy that systemd makes cgroups in.
func managedOne(t *testing.T, c *Config) *Hierarchy {
	for i := range slices.Backward(c.Hierarchies) {
		if h := &c.Hierarchies[i]; h.managed() {
			return h
		}
	}
	t.Fatal("systemd would make no cgroups here")
	return nil
}
