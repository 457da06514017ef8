package state

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/oci-rt/rt/libcontainer/cgroup"
)

// FuzzState reads any text as the state file and as the saved configuration of a
// container. Nothing panics; what is refused is bad, and what is accepted is the same when
// it was saved and loaded again.
func FuzzState(f *testing.F) {
	config := []byte(`{"ociVersion":"1.2.0","root":{"path":"/"},"process":{"args":["x"],"cwd":"/"}}`)
	paths, err := filepath.Glob("testdata/version*.json")
	if err != nil || len(paths) == 0 {
		f.Fatalf("%v, %v", paths, err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text, config)
	}
	f.Add([]byte(`{"version":1,"id":"old","cgroup":{}}`), []byte(`{}`))
	f.Add([]byte(`{"version":2,"id":"old","cgroup":{"hierarchies":[{}]},"devices":[{"major":-1}],"lastSteps":{}}`), []byte(`[`))
	f.Fuzz(func(t *testing.T, text, config []byte) {
		d := &Dir{path: filepath.Join(t.TempDir(), "old")}
		err := os.Mkdir(d.path, 0o700)
		if err == nil {
			err = os.WriteFile(filepath.Join(d.path, stateFile), text, 0o600)
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(d.path, configFile), config, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		s, err := d.Load()
		if err != nil {
			if !errors.Is(err, ErrBad) || s != nil {
				t.Fatalf("%v, %v", s, err)
			}
		} else {
			checkSaved(t, d, s)
		}
		for _, of := range []*State{nil, s} {
			if c, err := d.LoadConfig(of); (c == nil) != (err != nil) || err != nil && !errors.Is(err, ErrBad) {
				t.Fatalf("the configuration: %v, %v", c, err)
			}
		}
	})
}

// checkSaved saves a state, and loads it again.
func checkSaved(t *testing.T, d *Dir, s *State) {
	t.Helper()
	for n := range 3 {
		_ = s.LastOrigin(uint32(n))
	}
	if err := d.Save(s); err != nil {
		t.Fatal(err)
	}
	again, err := d.Load()
	if err != nil {
		t.Fatalf("what was saved: %v", err)
	}
	if diff := cmp.Diff(s, again, cmpopts.EquateEmpty(), cmpopts.IgnoreUnexported(cgroup.Config{})); diff != "" {
		t.Errorf("saved and loaded again (-want +got):\n%s", diff)
	}
}
