package libcontainer

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/oci-rt/rt/libcontainer/intelrdt"
)

// TestRemoveUpdated: whoever has started a container and removes it finds what an update
// has added meanwhile. A directory stands for the group in resctrl, which the kernel
// removes in the same way.
func TestRemoveUpdated(t *testing.T) {
	s, cfg := faultBundle(t)
	cfg.Spec.Process.Args = []string{"busybox", "true"}
	p, err := s.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	class := filepath.Join(t.TempDir(), cfg.ID)
	if err := os.Mkdir(class, 0o755); err != nil {
		t.Fatal(err)
	}
	c, err := s.openLocked(t.Context(), cfg.ID)
	if err != nil {
		t.Fatal(err)
	}
	c.state.Rdt = &intelrdt.Group{Root: filepath.Dir(class), Class: class, Own: true}
	if err := c.dir.Save(c.state); err != nil {
		t.Error(err)
	}
	c.Close()
	if _, err := waitAndRemove(p); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(class); err == nil {
		t.Error("the group is left")
	}
}

// TestRemoveBadState: a damaged state file keeps nobody from removing what he has started.
func TestRemoveBadState(t *testing.T) {
	s, cfg := faultBundle(t)
	cfg.Spec.Process.Args = []string{"busybox", "true"}
	before := leftovers(t, s, cfg)
	p, err := s.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.Root, cfg.ID, "state.json"), []byte("{"), 0o600); err != nil {
		t.Error(err)
	}
	if _, err := waitAndRemove(p); err != nil {
		t.Error(err)
	}
	if left := added(before, leftovers(t, s, cfg)); len(left) != 0 {
		t.Errorf("left: %q", left)
	}
}
