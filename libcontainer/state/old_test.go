package state

import (
	"os"
	"path/filepath"
	"testing"
)

// State files of earlier versions of rt, as they wrote them for a created container, named
// after their layout and commit: containers made by those live on under this one. A new
// file is added here when a field is added, and a new version needs code that reads the
// old ones.
func TestOldStates(t *testing.T) {
	paths, err := filepath.Glob("testdata/version*.json")
	if err != nil || len(paths) < 2 {
		t.Fatalf("%v, %v", paths, err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		d := &Dir{path: filepath.Join(t.TempDir(), "old")}
		if err := os.Mkdir(d.path, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(d.path, stateFile), text, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := d.Load()
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if s.Phase != Created || s.Init.Pid == 0 || s.Init.Inode == 0 || s.Init.Image.Ino == 0 || !s.Cgroup.Made ||
			len(s.Cgroup.Hierarchies) != 10 || s.Keyring != "_ses.old" || s.OCIVersion == "" || s.Created == "" ||
			s.LastOrigin(1<<20).Doing == "" {
			t.Errorf("%s: %+v", path, s)
		}
	}
}
