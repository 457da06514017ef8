package libcontainer

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/oci-rt/rt/libcontainer/cgroup"
	"golang.org/x/sys/unix"
)

// Of many creators of one id exactly one gets it.
func TestClaimIsExclusive(t *testing.T) {
	s := Store{Root: filepath.Join(t.TempDir(), "root")}
	var won atomic.Int32
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			e, err := s.claim("one")
			switch {
			case err == nil:
				won.Add(1)
				defer e.close()
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

// Whoever waits for the lock of a container that is deleted meanwhile finds
// that it does not exist.
func TestLockOfDeletedContainer(t *testing.T) {
	s := Store{Root: t.TempDir()}
	e, err := s.claim("one")
	if err != nil {
		t.Fatal(err)
	}
	waited := make(chan error)
	go func() {
		_, err := s.lock("one")
		waited <- err
	}()
	if err := e.remove(); err != nil {
		t.Fatal(err)
	}
	e.close()
	if err := <-waited; !errors.Is(err, ErrNotExist) {
		t.Errorf("lock = %v, want ErrNotExist", err)
	}
}

// Whoever holds the lock of a container whose creator has died still holds it
// when it has asked for the status.
func TestStatusKeepsLock(t *testing.T) {
	s := Store{Root: t.TempDir()}
	e, err := s.claim("one")
	if err != nil {
		t.Fatal(err)
	}
	if err := e.save(&state{Version: stateVersion, ID: "one", Phase: phaseCreating, Cgroup: new(cgroup.Config)}); err != nil {
		t.Fatal(err)
	}
	reader, err := s.Open("one")
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	expectStatus(t, reader, Creating)
	e.close() // as the death of the creator does

	c, err := s.openLocked("one")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	expectStatus(t, c, Stopped)
	if !reader.entry.busy() {
		t.Error("asking for the status gave up the lock")
	}
}

func expectStatus(t *testing.T, c *Container, want Status) {
	t.Helper()
	if got, err := c.Status(); err != nil || got != want {
		t.Errorf("status = %q, %v; want %q", got, err, want)
	}
}

func TestStateRoundTrip(t *testing.T) {
	s := Store{Root: t.TempDir()}
	e, err := s.claim("one")
	if err != nil {
		t.Fatal(err)
	}
	defer e.close()
	if _, err := e.load(); !errors.Is(err, ErrNotExist) {
		t.Errorf("load without state file = %v, want ErrNotExist", err)
	}
	in := &state{Version: stateVersion, ID: "one", Phase: phaseCreated, Cgroup: new(cgroup.Config)}
	in.Init.Pid, in.Init.StartTime, in.Init.Image.Ino = 7, 8, 9
	if err := e.save(in); err != nil {
		t.Fatal(err)
	}
	out, err := e.load()
	if err != nil || out.Init != in.Init || out.Phase != in.Phase {
		t.Errorf("load = %+v, %v; want %+v", out, err, in)
	}

	for name, data := range map[string]string{
		"truncated":     `{"version":1,"id":"on`,
		"empty":         "",
		"other version": `{"version":99}`,
	} {
		if err := os.WriteFile(filepath.Join(e.path, stateFile), []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := e.load(); !errors.Is(err, ErrBadState) {
			t.Errorf("%s: load = %v, want ErrBadState", name, err)
		}
	}
}

func TestIDsOfMissingRoot(t *testing.T) {
	ids, err := Store{Root: filepath.Join(t.TempDir(), "no")}.IDs()
	if len(ids) != 0 || err != nil {
		t.Errorf("IDs = %v, %v; want none", ids, err)
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
	if err := s.Delete("one", false); !errors.Is(err, ErrNotExist) {
		t.Errorf("delete of a stale directory = %v, want ErrNotExist", err)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("delete left a stale directory")
	}
	if err := s.Delete("one", true); err != nil {
		t.Errorf("delete --force of nothing = %v", err)
	}

	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, stateFile), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Delete("one", false); !errors.Is(err, ErrBadState) {
		t.Errorf("delete with damaged state = %v, want ErrBadState", err)
	}
	if _, err := os.Stat(dir); err != nil {
		t.Error("delete without force removed a container whose state it could not read")
	}
	if err := s.Delete("one", true); err != nil {
		t.Errorf("delete --force with damaged state = %v", err)
	}
}

// A creator that has no descriptor left for the directory that it has made
// leaves the id free.
func TestClaimWithoutDescriptors(t *testing.T) {
	s := Store{Root: t.TempDir()}
	var err error
	withoutDescriptors(t, func() { _, err = s.claim("one") })
	if !errors.Is(err, unix.EMFILE) {
		t.Errorf("claim = %v, want EMFILE", err)
	}
	if ids, err := s.IDs(); len(ids) != 0 || err != nil {
		t.Errorf("IDs = %v, %v; want none", ids, err)
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

// A creator whose directory is deleted before it is locked makes another.
func TestClaimDuringDelete(t *testing.T) {
	s := Store{Root: t.TempDir()}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 2000 {
			_ = s.Delete("one", true)
		}
	}()
	for claimed := true; claimed; {
		select {
		case <-done:
			claimed = false
		default:
		}
		e, err := s.claim("one")
		if err != nil && !errors.Is(err, ErrExist) {
			t.Fatalf("claim: %v", err)
		}
		if err == nil {
			e.close()
		}
	}
}
