package libcontainer

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"time"

	"github.com/oci-rt/rt/spec"
	"golang.org/x/sys/unix"
)

// Store is the directory that holds one directory for each container.
//
// The flock on a container's directory serialises what changes the container:
// create, start and delete. Readers do not lock: the state file is replaced
// as a whole.
type Store struct {
	Root string // absolute path
	// Warn is told of what went wrong and is no error of the command: hooks
	// that failed when their container was gone already. It may be nil.
	Warn func(error)
	// Debug is told what is done, in order. It may be nil.
	Debug func(format string, args ...any)
	// Rootless says what kind of user the runtime is.
	Rootless Rootless
	// SystemdCgroup lets systemd make the cgroups of new containers. Those that
	// exist know what made theirs.
	SystemdCgroup bool
	// InheritCgroup makes no cgroups for new containers: they stay in those of
	// the runtime, and what linux.resources wants is warned of (Podman's
	// --cgroups=disabled).
	InheritCgroup bool
}

// lockTimeout bounds how long a command waits for another one that works on
// the same container. Hooks can make a create slow, so it is generous.
const lockTimeout = 10 * time.Second

// entry is the locked or merely opened directory of one container.
type entry struct {
	path   string
	dir    *os.File
	locked bool // by this entry
}

func (s Store) path(id string) string { return filepath.Join(s.Root, id) }

// claim makes the directory of a new container and locks it.
// Of several creators of one id exactly one succeeds; the others get [ErrExist].
//
// Until it is locked, a delete may take the directory for what a dead creator
// has left, and remove it.
func (s Store) claim(id string) (*entry, error) {
	if err := spec.ValidID(id); err != nil {
		return nil, err
	}
	for {
		if err := s.makeDir(id); err != nil {
			return nil, err
		}
		e, err := s.lock(id)
		if errors.Is(err, ErrNotExist) {
			continue
		}
		if err != nil {
			_ = unix.Rmdir(s.path(id)) // or the id would be taken
		}
		return e, err
	}
}

// makeDir makes the directory of a new container.
func (s Store) makeDir(id string) error {
	err := unix.Mkdir(s.path(id), 0o700)
	if err == unix.ENOENT {
		if err := os.MkdirAll(s.Root, 0o711); err != nil {
			return fmt.Errorf("root directory: %w", err)
		}
		err = unix.Mkdir(s.path(id), 0o700)
	}
	switch err {
	case nil:
		return nil
	case unix.EEXIST:
		return fmt.Errorf("%w: %s", ErrExist, id)
	}
	return fmt.Errorf("state directory: mkdir %s: %w", s.path(id), err)
}

// open opens the directory of a container without locking it.
func (s Store) open(id string) (*entry, error) {
	if err := spec.ValidID(id); err != nil {
		return nil, err
	}
	path := s.path(id)
	fd, err := openFile(path, unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s", ErrNotExist, id)
	}
	if err != nil {
		return nil, fmt.Errorf("state directory: %w", err)
	}
	return &entry{path: path, dir: os.NewFile(uintptr(fd), path)}, nil
}

// lock opens and locks the directory of a container.
func (s Store) lock(id string) (*entry, error) {
	e, err := s.open(id)
	if err != nil {
		return nil, err
	}
	if err := e.lock(); err != nil {
		e.close()
		return nil, err
	}
	return e, nil
}

// lock locks the directory. It gives up after lockTimeout with [ErrBusy]. If
// the container was deleted meanwhile, the error is [ErrNotExist].
func (e *entry) lock() error {
	id := filepath.Base(e.path)
	for deadline := time.Now().Add(lockTimeout); ; time.Sleep(5 * time.Millisecond) {
		err := unix.Flock(int(e.dir.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		e.locked = err == nil
		switch {
		case err == nil && e.removed():
			return fmt.Errorf("%w: %s", ErrNotExist, id)
		case err == nil:
			return nil
		case err != unix.EWOULDBLOCK && err != unix.EINTR:
			return fmt.Errorf("lock %s: %w", e.path, err)
		case time.Now().After(deadline):
			return fmt.Errorf("%w: %s", ErrBusy, id)
		}
	}
}

// unlock lets others work on the container.
func (e *entry) unlock() {
	_ = unix.Flock(int(e.dir.Fd()), unix.LOCK_UN)
	e.locked = false
}

// busy reports whether somebody else holds the lock. Nobody does while this
// entry has it, and then it must not be tried: flock(2) would turn the lock
// that is there into the one that is tried, and give that up.
func (e *entry) busy() bool {
	if e.locked {
		return false
	}
	fd := int(e.dir.Fd())
	if unix.Flock(fd, unix.LOCK_SH|unix.LOCK_NB) != nil {
		return true
	}
	_ = unix.Flock(fd, unix.LOCK_UN)
	return false
}

// removed reports whether the directory lost its name while this process
// waited for the lock: whoever held it deleted the container.
func (e *entry) removed() bool {
	var held, named unix.Stat_t
	if unix.Fstat(int(e.dir.Fd()), &held) != nil || unix.Stat(e.path, &named) != nil {
		return true
	}
	return held.Ino != named.Ino || held.Dev != named.Dev
}

// close gives up the lock, if this entry has it.
func (e *entry) close() { _ = e.dir.Close() }

// remove deletes the container's directory. A reader may see it half empty,
// so the state file goes last but one and readers take a directory without
// state file for one that does not exist.
func (e *entry) remove() error {
	for _, name := range []string{startSocket, keptConfig, stateFile} {
		_ = unix.Unlink(e.path + "/" + name)
	}
	err := unix.Rmdir(e.path)
	if err == unix.ENOTEMPTY {
		err = os.RemoveAll(e.path) // what a killed command has left
	}
	if err != nil && err != unix.ENOENT {
		return fmt.Errorf("state directory: %w", err)
	}
	return nil
}

// IDs lists the containers in the store, sorted. A root directory that does
// not exist holds none.
func (s Store) IDs() ([]string, error) {
	list, err := os.ReadDir(s.Root)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("root directory: %w", err)
	}
	var ids []string
	for _, d := range list {
		if d.IsDir() && spec.ValidID(d.Name()) == nil {
			ids = append(ids, d.Name())
		}
	}
	sort.Strings(ids)
	return ids, nil
}
