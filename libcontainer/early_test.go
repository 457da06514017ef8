package libcontainer

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/oci-rt/rt/libcontainer/state"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// Before the init is ready, which it may never be when it is stopped and its
// creator dies, the state says where to find it: in the container's cgroups or,
// if it was not started there, by its pid.
func TestStateBeforeReady(t *testing.T) {
	for _, test := range []struct {
		name    string
		change  func(*Store, *Config)
		outside bool
	}{
		{"started in its cgroup", func(*Store, *Config) {}, false},
		{"goes there", func(_ *Store, cfg *Config) { cfg.joinsCgroup = true }, true},
		{"has no cgroup", func(s *Store, _ *Config) { s.InheritCgroup = true }, true},
		{"forks", func(s *Store, cfg *Config) {
			s.InheritCgroup = true
			cfg.Spec.Linux.Namespaces = append(cfg.Spec.Linux.Namespaces, specs.LinuxNamespace{Type: specs.TimeNamespace})
		}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, cfg := faultBundle(t)
			test.change(&s, &cfg)
			dir := t.TempDir()
			// The hook gets the state with the pid, and sees the file at that time.
			script := "cat >" + dir + "/stdin; cp " + filepath.Join(s.Root, cfg.ID) + "/state.json " + dir
			cfg.Spec.Hooks = &specs.Hooks{CreateRuntime: []specs.Hook{{Path: "/bin/sh", Args: []string{"sh", "-c", script}}}}
			f, err := s.Run(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := waitAndRemove(f); err != nil {
				t.Error(err)
			}
			text, err := os.ReadFile(filepath.Join(dir, "state.json"))
			if err != nil {
				t.Fatal(err)
			}
			var st state.State
			if err := spec.Decode(&st, "state", text); err != nil {
				t.Fatal(err)
			}
			told, err := os.ReadFile(filepath.Join(dir, "stdin"))
			if err != nil {
				t.Fatal(err)
			}
			var hook specs.State
			if err := spec.Decode(&hook, "state", told); err != nil {
				t.Fatal(err)
			}
			outside := test.outside || s.InheritCgroup || !st.Cgroup.CanCloneInto()
			switch {
			case st.Phase != state.Creating:
				t.Errorf("phase %s", st.Phase)
			case st.Cgroup.Made == s.InheritCgroup:
				t.Errorf("cgroups made: %v", st.Cgroup.Made)
			case outside && (st.Init.Pid != hook.Pid || st.Init.Inode+st.Init.StartTime == 0 || st.Init.Image.Ino == 0):
				t.Errorf("init: %+v, of the hook %d", st.Init, hook.Pid)
			}
		})
	}
}
