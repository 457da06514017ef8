package libcontainer

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// An init that cannot be started in its cgroup of the unified hierarchy goes
// there by itself, before it makes its cgroup namespace: that has the cgroup as
// its root.
func TestInitJoinsItsCgroup(t *testing.T) {
	for _, joins := range []bool{false, true} {
		s, cfg := faultBundle(t)
		before := leftovers(t, s, cfg)
		out, err := os.Create(filepath.Join(t.TempDir(), "out"))
		if err != nil {
			t.Fatal(err)
		}
		cfg.Spec.Process.Args = []string{"busybox", "cat", "/proc/self/cgroup"}
		cfg.Stdio[1] = out
		cfg.joinsCgroup = joins
		if err := runTampered(t, s, cfg, nil); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(out.Name())
		if err != nil {
			t.Fatal(err)
		}
		out.Close()
		for line := range strings.Lines(string(text)) {
			if _, path, _ := strings.Cut(strings.SplitN(line, ":", 2)[1], ":"); path != "/\n" {
				t.Errorf("joins=%v: in %q, want the root of the namespace", joins, line)
			}
		}
		if left := added(before, leftovers(t, s, cfg)); len(left) != 0 {
			t.Errorf("joins=%v: left behind: %q", joins, left)
		}
	}
}
