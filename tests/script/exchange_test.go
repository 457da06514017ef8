package script

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/oci-rt/rt/tests/bundle"
	"github.com/oci-rt/rt/tests/need"
	"golang.org/x/sys/unix"
)

// exchangerName is the name by which the test binary is the program of a container that
// keeps exchanging two names.
const exchangerName = "rt-exchanger"

// runExchanger exchanges the two names in a directory for ever.
func runExchanger(dir, one, two string) error {
	d, err := unix.Open(dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	for {
		if err := unix.Renameat2(d, one, d, two, unix.RENAME_EXCHANGE); err != nil {
			return err
		}
	}
}

// TestExchangedByContainer: a container keeps exchanging a directory of a volume and a link
// to a directory of the host, while others start that have the volume, and mounts, devices, a
// working directory and paths to hide below that name (CVE-2021-30465, CVE-2024-45310).
func TestExchangedByContainer(t *testing.T) {
	f := newFixture(t, exchangerName, "/volume", "dir", "link")
	volume, victim := filepath.Join(f.mark.Dir, "volume"), filepath.Join(f.mark.Dir, "victim")
	for _, dir := range []string{filepath.Join(volume, "dir"), victim} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(victim, filepath.Join(volume, "link")); err != nil {
		t.Fatal(err)
	}
	f.installSelf(exchangerName)
	shared := map[string]any{"destination": "/volume", "source": volume, "options": []string{"rbind"}}
	f.edit(bundle.Set{Pointer: "/mounts/-", Value: shared})
	f.mustRT("run", "--detach", "--bundle", f.bundle, "attacker")
	f.edit(
		bundle.Set{Pointer: "/process/args", Value: []string{"true"}},
		bundle.Set{Pointer: "/linux/cgroupsPath", Value: "/rt-test-" + f.mark.Tag + "-c"},
		bundle.Set{Pointer: "/process/cwd", Value: "/volume/dir/cwd"},
		bundle.Set{Pointer: "/mounts/-", Value: map[string]any{"destination": "/volume/dir/a/b", "type": "tmpfs", "source": "tmpfs"}},
		bundle.Set{Pointer: "/mounts/-", Value: map[string]any{"destination": "/volume/dir/file", "source": "config.json", "options": []string{"bind"}}},
		bundle.Set{Pointer: "/linux/devices", Value: []map[string]any{{"path": "/volume/dir/null", "type": "c", "major": 1, "minor": 3, "uid": 1, "gid": 1}}},
		bundle.Set{Pointer: "/linux/maskedPaths", Value: []string{"/volume/dir/a", "/volume/dir/file"}},
		bundle.Set{Pointer: "/linux/readonlyPaths", Value: []string{"/volume/dir"}},
	)
	started, failures := 0, map[string]int{}
	for began, i := time.Now(), 0; time.Since(began) < 4*time.Second || started == 0 && i < 200; i++ {
		out, status := f.rt("run", "--bundle", f.bundle, "c1")
		if status == 0 {
			started++
		} else if failures[out]++; strings.Count(out, "\n") != 1 || !strings.HasPrefix(out, "rt: ") {
			t.Errorf("exit status %d, output %q", status, out)
		}
		if left, err := os.ReadDir(victim); err != nil || len(left) > 0 {
			t.Fatalf("round %d: the host was changed: %v, %v", i, left, err)
		}
	}
	if started == 0 {
		t.Errorf("no container could be started: %v", failures)
	}
	f.mustRT("delete", "--force", "attacker")
}

// edit changes the configuration.
func (f *fixture) edit(changes ...bundle.Edit) {
	f.t.Helper()
	if err := bundle.EditFile(filepath.Join(f.bundle, "config.json"), changes...); err != nil {
		f.t.Fatal(err)
	}
}

// installSelf gives the container the test binary, under a name.
func (f *fixture) installSelf(name string) {
	f.t.Helper()
	self, err := os.ReadFile(need.StaticTest(f.t))
	if err == nil {
		err = os.WriteFile(fmt.Sprintf("%s/rootfs/bin/%s", f.bundle, name), self, 0o755)
	}
	if err != nil {
		f.t.Fatal(err)
	}
}
