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
		d, err := lockMade(ctx, root, id)
		if !errors.Is(err, ErrNotExist) {
			return d, err
		}
	}
}

// lockMade locks the directory that was made for a new container. If it has been removed
// since, the error is [ErrNotExist], and it has to be made again.
func lockMade(ctx context.Context, root, id string) (*Dir, error) {
	d, err := OpenLocked(ctx, root, id)
	if err == nil {
		if err = d.checkUnused(); err != nil {
			d.Close()
		}
	}
	if err == nil {
		return d, nil
	}
	if !errors.Is(err, ErrNotExist) {
		_ = unix.Rmdir(filepath.Join(root, id)) // or the id would be taken
	}
	return nil, err
}

// checkUnused returns [ErrNotExist] if another creator, whose directory this is, has begun
// to use it: between the mkdir(2) of one creator and its open(2), a delete may remove the
// directory and another creator make it anew.
func (d *Dir) checkUnused() error {
	var st unix.Stat_t
	switch err := unix.Fstatat(int(d.dir.Fd()), configFile, &st, unix.AT_SYMLINK_NOFOLLOW); err {
	case nil:
		return ErrNotExist
	case unix.ENOENT:
		return nil
	default:
		return fmt.Errorf("look at %s: %w", d.path, err)
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
// Close it. If there is none, but perhaps something else of that name, the error is
// [ErrNotExist]. A link is not followed: what it leads to is not rt's.
func Open(root, id string) (*Dir, error) {
	if err := checkPlace(root, id); err != nil {
		return nil, err
	}
	path := filepath.Join(root, id)
	fd, err := linux.Open(path, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW, 0)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%w: %s", ErrNotExist, id)
	case errors.Is(err, unix.ENOTDIR), errors.Is(err, unix.ELOOP):
		return nil, fmt.Errorf("%w: %s is no directory", ErrNotExist, path)
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

// maxFile bounds what is read of a file in the directory. The configuration is the
// largest, and it is bounded more strictly when it is read from the bundle.
const maxFile = 64 << 20

// read returns the content of a file of the directory. If rt cannot have written it,
// the error is [ErrBad].
func (d *Dir) read(name string) ([]byte, error) {
	data, err := linux.ReadRegular(d.path+"/"+name, maxFile)
	if errors.Is(err, linux.ErrNoFile) {
		err = fmt.Errorf("%w: %w", ErrBad, err)
	}
	return data, err
}

// Close gives up the lock, if this Dir has it.
func (d *Dir) Close() { _ = d.dir.Close() }

// Remove deletes the container's directory. The state file goes first, because readers
// take a directory without one for a container that does not exist. So nobody finds a
// state without the configuration that belongs to it, not even behind a delete that was
// killed here.
func (d *Dir) Remove() error {
	for _, name := range []string{stateFile, startSocket, configFile} {
		_ = unix.Unlink(d.path + "/" + name)
	}
	err := unix.Rmdir(d.path)
	if err == unix.ENOTEMPTY {
		err = os.RemoveAll(d.path) // what a killed command has left
	}
	if err != nil && err != unix.ENOENT {
		return fmt.Errorf("state directory: rmdir %s: %w", d.path, err)
	}
	return nil
}

// RemoveForeign removes what has a container's name below a store's root and is no
// directory, so that the id is free. It leaves a directory alone.
func RemoveForeign(root, id string) error {
	if err := checkPlace(root, id); err != nil {
		return err
	}
	path := filepath.Join(root, id)
	err := unix.Unlink(path)
	if err != nil && err != unix.ENOENT && err != unix.EISDIR {
		return fmt.Errorf("state directory: unlink %s: %w", path, err)
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
