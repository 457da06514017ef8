package state

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/oci-rt/rt/libcontainer/cgroup"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// Of many creators of one id exactly one gets it.
func TestClaimIsExclusive(t *testing.T) {
	root := filepath.Join(t.TempDir(), "root")
	var won atomic.Int32
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			d, err := Claim(context.Background(), root, "one")
			switch {
			case err == nil:
				won.Add(1)
				defer d.Close()
			case !errors.Is(err, ErrExist):
				t.Errorf("claim: %v", err)
			}
		})
	}
	wg.Wait()
	if n := won.Load(); n != 1 {
		t.Errorf("%d creators got the id, want 1", n)
	}
}

// A delete may remove a directory before its creator has opened it, and another creator
// make it anew: it is the other one's then.
func TestClaimOfAnothersDirectory(t *testing.T) {
	root, ctx := t.TempDir(), t.Context()
	if err := makeDir(root, "one"); err != nil { // the first creator comes as far as this
		t.Fatal(err)
	}
	deleter, err := OpenLocked(ctx, root, "one")
	if err != nil {
		t.Fatal(err)
	}
	if err := deleter.Remove(); err != nil {
		t.Fatal(err)
	}
	deleter.Close()
	other, err := Claim(ctx, root, "one")
	if err != nil {
		t.Fatal(err)
	}
	if err := other.SaveConfig(&specs.Spec{}, nil); err != nil {
		t.Fatal(err)
	}
	other.Close()
	if d, err := lockMade(ctx, root, "one"); !errors.Is(err, ErrNotExist) {
		t.Errorf("the first creator goes on with %v, %v", d, err)
	}
	if d, err := Claim(ctx, root, "one"); !errors.Is(err, ErrExist) {
		t.Errorf("claim = %v, %v; want ErrExist", d, err)
	}
	if _, err := os.Stat(filepath.Join(root, "one", configFile)); err != nil {
		t.Errorf("what the other one has: %v", err)
	}
}

// Whoever waits for the lock of a container that is deleted meanwhile finds
// that it does not exist.
func TestLockOfDeletedContainer(t *testing.T) {
	root := t.TempDir()
	d, err := Claim(context.Background(), root, "one")
	if err != nil {
		t.Fatal(err)
	}
	waited := make(chan error)
	go func() {
		_, err := OpenLocked(context.Background(), root, "one")
		waited <- err
	}()
	if err := d.Remove(); err != nil {
		t.Fatal(err)
	}
	d.Close()
	if err := <-waited; !errors.Is(err, ErrNotExist) {
		t.Errorf("lock = %v, want ErrNotExist", err)
	}
}

func TestStateRoundTrip(t *testing.T) {
	root := t.TempDir()
	d, err := Claim(context.Background(), root, "one")
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if _, err := d.Load(); !errors.Is(err, ErrNotExist) {
		t.Errorf("load without state file = %v, want ErrNotExist", err)
	}
	in := &State{Version: Version, ID: "one", Phase: Created, Cgroup: new(cgroup.Config)}
	in.Init.Pid, in.Init.StartTime, in.Init.Image.Ino = 7, 8, 9
	if err := d.Save(in); err != nil {
		t.Fatal(err)
	}
	out, err := d.Load()
	if err != nil || out.Init != in.Init || out.Phase != in.Phase {
		t.Errorf("load = %+v, %v; want %+v", out, err, in)
	}

	for name, data := range map[string]string{
		"truncated":     `{"version":1,"id":"on`,
		"empty":         "",
		"other version": `{"version":99}`,
	} {
		if err := os.WriteFile(filepath.Join(d.path, stateFile), []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Load(); !errors.Is(err, ErrBad) {
			t.Errorf("%s: load = %v, want ErrBad", name, err)
		}
	}
}

// What a state of an earlier boot names is somebody else's by now.
func TestForgetBoot(t *testing.T) {
	for boot, forgotten := range map[string]bool{"": false, bootID(): false, "of yesterday": true} {
		s := &State{Boot: boot, Cgroup: &cgroup.Config{Made: true}, RootfsBound: true}
		s.Init.Pid = os.Getpid()
		s.forgetBoot()
		if kept := s.Init.Pid != 0 && s.Cgroup.Made && s.RootfsBound; kept == forgotten {
			t.Errorf("boot %q: %+v", boot, s)
		}
	}
}

func TestIDsOfMissingRoot(t *testing.T) {
	ids, err := IDs(filepath.Join(t.TempDir(), "no"))
	if len(ids) != 0 || err != nil {
		t.Errorf("IDs = %v, %v; want none", ids, err)
	}
}

// A creator that has no descriptor left for the directory that it has made
// leaves the id free.
func TestClaimWithoutDescriptors(t *testing.T) {
	root := t.TempDir()
	var err error
	withoutDescriptors(t, func() { _, err = Claim(context.Background(), root, "one") })
	if !errors.Is(err, unix.EMFILE) {
		t.Errorf("claim = %v, want EMFILE", err)
	}
	if ids, err := IDs(root); len(ids) != 0 || err != nil {
		t.Errorf("IDs = %v, %v; want none", ids, err)
	}
}

// A link or a file is no container, whatever it leads to, and can be removed without
// touching that.
func TestNoDirectory(t *testing.T) {
	root, other := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(other, stateFile), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"link": os.Symlink(other, filepath.Join(root, "link")),
		"loop": os.Symlink("loop", filepath.Join(root, "loop")),
		"file": os.WriteFile(filepath.Join(root, "file"), nil, 0o600),
	} {
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Open(root, name); !errors.Is(err, ErrNotExist) {
			t.Errorf("%s: open = %v, want ErrNotExist", name, err)
		}
		if err := RemoveForeign(root, name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := os.Mkdir(filepath.Join(root, "dir"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := RemoveForeign(root, "dir"); err != nil {
		t.Errorf("directory: %v", err)
	}
	left, err := os.ReadDir(root)
	if err != nil || len(left) != 1 || left[0].Name() != "dir" {
		t.Errorf("left: %v, %v; want the directory", left, err)
	}
	if _, err := os.Stat(filepath.Join(other, stateFile)); err != nil {
		t.Error(err)
	}
}

// withoutDescriptors calls do while this process cannot open anything.
func withoutDescriptors(t *testing.T, do func()) {
	t.Helper()
	var before unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 0, Max: before.Max}); err != nil {
		t.Fatal(err)
	}
	do()
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
}

// Who waits for a lock gives up when the context ends, and whoever has given up
// already does not begin.
func TestLockIsCancelled(t *testing.T) {
	root := t.TempDir()
	d, err := Claim(t.Context(), root, "one")
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	for range 2 {
		_, err = OpenLocked(ctx, root, "one")
		const want = "wait for the lock of container one: "
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want %s", err, want)
		}
	}
	if _, err := Claim(ctx, root, "two"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("claim: %v", err)
	}
	if ids, err := IDs(root); len(ids) != 1 || err != nil {
		t.Errorf("%q, %v, want the first one only", ids, err)
	}
}
