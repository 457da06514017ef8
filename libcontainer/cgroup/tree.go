package cgroup

import (
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/oci-rt/rt/internal/linux"
	"golang.org/x/sys/unix"
)

// tree is a cgroup and all below it, seen from one of them. What a container may
// have made there is reached by descriptor, a level at a time: any depth of names
// of up to 255 bytes makes paths that are longer than the kernel takes (PATH_MAX).
//
// It holds one descriptor, and no stack of calls, at whatever depth it is. The
// way back is "..": a cgroup stays below the one that it was made in, and that
// entry of a removed one still leads there.
type tree struct {
	top    string // path of the uppermost cgroup
	fd     int    // the cgroup at which it is
	levels []level
}

// level is a cgroup on the way from the uppermost, which is the first, to that
// at which the tree is.
type level struct {
	name string   // "" for the uppermost
	left []string // cgroups below it that are still to be entered
	// tried counts how often it could not be removed.
	tried int
}

// openTree opens the tree of the cgroup path.
func openTree(path string) (*tree, error) {
	fd, err := linux.Open(path, unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return nil, err
	}
	return &tree{top: path, fd: fd, levels: []level{{}}}, nil
}

func (t *tree) close() { unix.Close(t.fd) }

// here is the level at which the tree is.
func (t *tree) here() *level { return &t.levels[len(t.levels)-1] }

// enter goes to a cgroup below this one.
func (t *tree) enter(name string) error {
	if err := t.move(name); err != nil {
		return err
	}
	t.levels = append(t.levels, level{name: name})
	return nil
}

// leave goes back to the cgroup above this one.
func (t *tree) leave() error {
	if err := t.move(".."); err != nil {
		return err
	}
	t.levels = t.levels[:len(t.levels)-1]
	return nil
}

func (t *tree) move(name string) error {
	fd, err := linux.OpenAt(t.fd, name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return t.explain("open", err, name)
	}
	unix.Close(t.fd)
	t.fd = fd
	return nil
}

// enterLeft enters a cgroup that is still left to be entered, unless there is
// none any more.
func (t *tree) enterLeft() (entered bool, err error) {
	for l := t.here(); len(l.left) > 0; {
		name := l.left[len(l.left)-1]
		l.left = l.left[:len(l.left)-1]
		if err = t.enter(name); err == nil {
			return true, nil
		}
		if err = ignoreGone(err); err != nil {
			return false, err
		}
	}
	return false, nil
}

// next enters the next cgroup in the order of a walk, parents first, and
// reports false if there is none.
func (t *tree) next() (bool, error) {
	for {
		entered, err := t.enterLeft()
		if entered || err != nil || len(t.levels) == 1 {
			return entered, err
		}
		if err := t.leave(); err != nil {
			return false, err
		}
	}
}

// read returns the content of a file of this cgroup.
func (t *tree) read(file string) (string, error) {
	fd, err := linux.OpenAt(t.fd, file, unix.O_RDONLY, 0)
	if err != nil {
		return "", t.explain("open", err, file)
	}
	defer unix.Close(fd)
	content, err := linux.ReadAll(fd, math.MaxInt)
	if err != nil {
		return "", t.explain("read", err, file)
	}
	return string(content), nil
}

// write writes to a file of this cgroup.
func (t *tree) write(file, data string) error {
	fd, err := linux.OpenAt(t.fd, file, unix.O_WRONLY, 0)
	if err != nil {
		return t.explain("open", err, file)
	}
	defer unix.Close(fd)
	if err := linux.WriteValue(fd, data); err != nil {
		return t.explain("write "+strconv.Quote(data)+" to", err, file)
	}
	return nil
}

// children returns the names of the cgroups directly below this one.
func (t *tree) children() ([]string, error) {
	if _, err := unix.Seek(t.fd, 0, unix.SEEK_SET); err != nil {
		return nil, t.explain("read", err, "")
	}
	var names []string
	buf := make([]byte, 8192)
	for {
		n, err := unix.Getdents(t.fd, buf)
		switch {
		case err == unix.EINTR:
		case err != nil:
			return nil, t.explain("read", err, "")
		case n == 0:
			return names, nil
		default:
			names = appendDirs(names, buf[:n])
		}
	}
}

// appendDirs appends the names of the directories among the records of
// getdents64(2), "." and ".." excepted.
func appendDirs(names []string, records []byte) []string {
	const length, kind, name = 16, 18, 19 // where these are in struct linux_dirent64
	for len(records) > name {
		record := records[:binary.NativeEndian.Uint16(records[length:])]
		records = records[len(record):]
		if record[kind] != unix.DT_DIR {
			continue
		}
		if text := unix.ByteSliceToString(record[name:]); text != "." && text != ".." {
			names = append(names, text)
		}
	}
	return names
}

// explain makes an error one that says which file of this cgroup it is about.
func (t *tree) explain(op string, err error, file string) error {
	return &os.PathError{Op: op, Path: t.path(file), Err: err}
}

// path is the path of a file of this cgroup, for people: a long one is cut.
func (t *tree) path(file string) string {
	var below []string
	for _, l := range t.levels {
		below = append(below, l.name)
	}
	const most = 200
	path := filepath.Join(append(below, file)...)
	if len(path) > most {
		path = strings.ToValidUTF8(path[:most], "") + "…"
	}
	return filepath.Join(t.top, path)
}
