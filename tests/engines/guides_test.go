package engines

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	docs "github.com/oci-rt/rt/tests/example"
	"github.com/oci-rt/rt/tests/need"
	"golang.org/x/sys/unix"
)

// TestGuides does what the documents tell users of engines to do, word for word: in a
// world where rt and its shim are installed, files are written where the documents say,
// and images have the names of images that everybody knows.
func TestGuides(t *testing.T) {
	needEngine(t)
	t.Cleanup(removeGuideCgroups(t))
	p := docs.Place{
		RT:    binary,
		Enter: guideWorld(t),
		Takes: func(needs []string) bool { return slices.ContainsFunc(needs, need.IsEngine) },
	}
	p.Run(t, "../..")
}

// guideWorld returns what runs a command in that world.
func guideWorld(t *testing.T) []string {
	t.Helper()
	script, err := filepath.Abs("world.sh")
	if err != nil {
		t.Fatal(err)
	}
	shim, err := filepath.Abs(need.Made(t, shimVar, "make test-engines"))
	if err != nil {
		t.Fatal(err)
	}
	images := t.TempDir()
	for name, data := range map[string][]byte{
		"rootfs.tar": rootfsTar(t),
		"image.tar":  archiveOf(t, "docker.io/library/alpine:latest", rootfsTar(t), "sh"),
	} {
		if err := os.WriteFile(filepath.Join(images, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return []string{
		"unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc", "--propagation", "private", "--",
		"bash", script, binary, shim, images, os.Getenv(buildkitVar),
	}
}

// guideCgroups are the cgroups that engines make in the documents, where nothing tells
// them to make others.
var guideCgroups = []string{"docker", "default", "buildkit", "libpod_parent", "machine.slice", "machine"}

// removeGuideCgroups returns what removes those that are not there yet. One that is not
// empty stays, and fails the test.
func removeGuideCgroups(t *testing.T) func() {
	find := func() (dirs []string) {
		for _, name := range guideCgroups {
			for _, place := range []string{"/sys/fs/cgroup/", "/sys/fs/cgroup/*/"} {
				found, _ := filepath.Glob(place + name)
				dirs = append(dirs, found...)
			}
		}
		return dirs
	}
	before := find()
	return func() {
		for _, dir := range find() {
			if !slices.Contains(before, dir) && !poll(func() bool { return removeTree(dir) == nil }) {
				t.Errorf("left behind: %s", dir)
			}
		}
	}
}

// removeTree removes a cgroup and those below it.
func removeTree(dir string) error {
	below, err := os.ReadDir(dir)
	for _, d := range below {
		if d.IsDir() {
			err = errors.Join(err, removeTree(filepath.Join(dir, d.Name())))
		}
	}
	return errors.Join(err, unix.Rmdir(dir))
}
