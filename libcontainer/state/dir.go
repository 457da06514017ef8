// Package state holds what is on disk for a container, and the identity of its
// processes. On disk there are the container's directory with its lock, its
// state file, the saved configuration, and the sockets that belong to the
// container.
package state

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"

	"github.com/oci-rt/rt/internal/linux"
	"github.com/oci-rt/rt/spec"
	"golang.org/x/sys/unix"
)

// Dir is the directory of one container, open and perhaps locked. Commands that
// change the container hold the flock on it. Readers take no lock, because the
// state file is always replaced as a whole.
type Dir struct {
	path   string
	dir    *os.File
	locked bool // by this Dir
}

// Path returns the directory's path.
func (d *Dir) Path() string { return d.path }

// Claim makes the directory of a new container below a store's root, which need
// not exist yet, and locks it. If several creators claim the same id, exactly
// one succeeds, and the others get [ErrExist]. For ctx see [Dir.Lock].
//
// Until the directory is locked, a delete may consider it the remains of a dead
// creator and remove it.
func Claim(ctx context.Context, root, id string) (*Dir, error) {
	if err := checkPlace(root, id); err != nil {
		return nil, err
	}
	for {
		if err := makeDir(root, id); err != nil {
			return nil, err
		}
		d, err := OpenLocked(ctx, root, id)
		if errors.Is(err, ErrNotExist) {
			continue
		}
		if err != nil {
			_ = unix.Rmdir(filepath.Join(root, id)) // or the id would be taken
		}
		return d, err
	}
}

// checkPlace refuses an id that cannot be, and a root that would be another one when
// the working directory changes.
func checkPlace(root, id string) error {
	if !filepath.IsAbs(root) {
		return fmt.Errorf("root directory: is %q (want an absolute path)", root)
	}
	return spec.ValidID(id)
}

// makeDir makes the directory of a new container.
func makeDir(root, id string) error {
	path := filepath.Join(root, id)
	err := unix.Mkdir(path, 0o700)
	if err == unix.ENOENT {
		if err := makeRoot(root); err != nil {
			return err
		}
		err = unix.Mkdir(path, 0o700)
	}
	switch err {
	case nil:
		return nil
	case unix.EEXIST:
		return fmt.Errorf("%w: %s", ErrExist, id)
	}
	return fmt.Errorf("state directory: mkdir %s: %w", path, err)
}

// makeRoot makes the root directory, with its mode whatever the umask.
func makeRoot(root string) error {
	err := os.MkdirAll(root, 0o711)
	if err == nil {
		err = unix.Chmod(root, 0o711)
	}
	if err != nil {
		return fmt.Errorf("root directory: %w", err)
	}
	return nil
}

// Open opens the directory of a container without locking it. The caller must
// Close it. If there is none, the error is [ErrNotExist].
func Open(root, id string) (*Dir, error) {
	if err := checkPlace(root, id); err != nil {
		return nil, err
	}
	path := filepath.Join(root, id)
	fd, err := linux.Open(path, unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s", ErrNotExist, id)
	}
	if err != nil {
		return nil, fmt.Errorf("state directory: %w", err)
	}
	return &Dir{path: path, dir: os.NewFile(uintptr(fd), path)}, nil
}

// OpenLocked opens and locks the directory of a container: see [Dir.Lock].
func OpenLocked(ctx context.Context, root, id string) (*Dir, error) {
	d, err := Open(root, id)
	if err != nil {
		return nil, err
	}
	if err := d.Lock(ctx); err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

// Close gives up the lock, if this Dir has it.
func (d *Dir) Close() { _ = d.dir.Close() }

// Remove deletes the container's directory. A reader may see it half empty,
// so the state file goes last but one and readers take a directory without
// state file for one that does not exist.
func (d *Dir) Remove() error {
	for _, name := range []string{startSocket, configFile, stateFile} {
		_ = unix.Unlink(d.path + "/" + name)
	}
	err := unix.Rmdir(d.path)
	if err == unix.ENOTEMPTY {
		err = os.RemoveAll(d.path) // what a killed command has left
	}
	if err != nil && err != unix.ENOENT {
		return fmt.Errorf("state directory: %w", err)
	}
	return nil
}

// IDs lists the containers below a store's root, sorted. A root directory that
// does not exist holds none.
func IDs(root string) ([]string, error) {
	list, err := os.ReadDir(root)
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
