package libcontainer

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/oci-rt/rt/libcontainer/cgroup"
	"github.com/oci-rt/rt/libcontainer/state"
)

// Whoever holds the lock of a container whose creator has died still holds it
// when it has asked for the status.
func TestStatusKeepsLock(t *testing.T) {
	s := Store{Root: t.TempDir()}
	d, err := state.Claim(context.Background(), s.Root, "one")
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Save(&state.State{Version: state.Version, ID: "one", Phase: state.Creating, Cgroup: new(cgroup.Config)}); err != nil {
		t.Fatal(err)
	}
	reader, err := s.Open("one")
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	expectStatus(t, reader, Creating)
	d.Close() // as the death of the creator does

	c, err := s.openLocked(context.Background(), "one")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	expectStatus(t, c, Stopped)
	if !reader.dir.Busy() {
		t.Error("asking for the status gave up the lock")
	}
}

func expectStatus(t *testing.T, c *Container, want Status) {
	t.Helper()
	if got, err := c.Status(); err != nil || got != want {
		t.Errorf("status = %q, %v; want %q", got, err, want)
	}
}

// Delete without state file or with a damaged one: only force makes it vanish
// without an error.
func TestDeleteRemains(t *testing.T) {
	s := Store{Root: t.TempDir()}
	dir := filepath.Join(s.Root, "one")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := s.Delete(context.Background(), "one", false); !errors.Is(err, ErrNotExist) {
		t.Errorf("delete of a stale directory = %v, want ErrNotExist", err)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("delete left a stale directory")
	}
	if err := s.Delete(context.Background(), "one", true); err != nil {
		t.Errorf("delete --force of nothing = %v", err)
	}

	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "state.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Delete(context.Background(), "one", false); !errors.Is(err, ErrBadState) {
		t.Errorf("delete with damaged state = %v, want ErrBadState", err)
	}
	if _, err := os.Stat(dir); err != nil {
		t.Error("delete without force removed a container whose state it could not read")
	}
	if err := s.Delete(context.Background(), "one", true); err != nil {
		t.Errorf("delete --force with damaged state = %v", err)
	}
}

// A creator whose directory is deleted before it is locked makes another.
func TestClaimDuringDelete(t *testing.T) {
	s := Store{Root: t.TempDir()}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 2000 {
			_ = s.Delete(context.Background(), "one", true)
		}
	}()
	for claimed := true; claimed; {
		select {
		case <-done:
			claimed = false
		default:
		}
		d, err := state.Claim(context.Background(), s.Root, "one")
		if err != nil && !errors.Is(err, ErrExist) {
			t.Fatalf("claim: %v", err)
		}
		if err == nil {
			d.Close()
		}
	}
}
