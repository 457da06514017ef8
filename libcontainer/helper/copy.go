package helper

import (
	"encoding/binary"
	"fmt"
	"path"
	"strings"

	"golang.org/x/sys/unix"
)

// copyUp copies the content of the first directory to the second: directories,
// files, symbolic links, FIFOs, sockets and device nodes with their owners, modes,
// times and extended attributes.
//
// A program cannot loop over the names in a directory. So each program lists
// directories. The next one copies what was found, and lists the directories among
// that, one level deeper. The last one completes the directories, because their
// times change while files are made in them.
func (j *job) copyUp() error {
	c := &copier{job: j}
	found, err := c.round(nil, []string{"."})
	for err == nil && len(found) > 0 {
		found, err = c.round(found, directoriesOf(found))
	}
	if err != nil {
		return err
	}
	return c.finish()
}

// batch is how many files or directories one program handles, so that neither its
// image nor its messages become large.
const batch = 1500

// entry is a file that was found.
type entry struct {
	dir, name string
	kind      byte // DT_DIR ...
}

func (e *entry) path() string { return path.Join(e.dir, e.name) }

// copier is one copyUp.
type copier struct {
	*job
	dirs []string // all that were made, parents first
}

// directoriesOf returns the paths of the directories among entries.
func directoriesOf(entries []entry) []string {
	var dirs []string
	for i := range entries {
		if entries[i].kind == unix.DT_DIR {
			dirs = append(dirs, entries[i].path())
		}
	}
	return dirs
}

// round copies entries and returns what is in dirs.
func (c *copier) round(entries []entry, dirs []string) (found []entry, err error) {
	c.dirs = append(c.dirs, dirs...)
	for _, dir := range dirs {
		if err := c.keep(len(dir)); err != nil {
			return nil, err
		}
	}
	for len(entries) > batch {
		if _, err := c.copyAndList(entries[:batch], nil); err != nil {
			return nil, err
		}
		entries = entries[batch:]
	}
	for {
		n := min(len(dirs), batch)
		more, err := c.copyAndList(entries, dirs[:n])
		if err != nil {
			return nil, err
		}
		found = append(found, more...)
		if entries, dirs = nil, dirs[n:]; len(dirs) == 0 {
			return found, nil
		}
	}
}

// copyAndList is round for what one program can do.
func (c *copier) copyAndList(entries []entry, dirs []string) ([]entry, error) {
	b := c.newSteps("copy what is in the directory that is covered")
	b.copyAll(entries)
	for i, dir := range dirs {
		b.listDir(i, dir)
	}
	messages, err := c.run(b.inputs)
	if err != nil {
		return nil, err
	}
	var r results
	for _, m := range messages {
		if err := r.take(m, entries, dirs); err != nil {
			return nil, err
		}
	}
	if err := c.makeDevices(r.devices); err != nil {
		return nil, err
	}
	return r.found, c.copyAttrs(r.attrs)
}

// finish gives the directories their owners, modes and times, children before
// their parents. The root directory has its own: see mount.
func (c *copier) finish() error {
	dirs := c.dirs[1:]
	for len(dirs) > 0 {
		n := max(0, len(dirs)-batch)
		b := c.newSteps("complete the copies of directories")
		for i := len(dirs) - 1; i >= n; i-- {
			b.completeDir(dirs[i])
		}
		if _, err := c.run(b.inputs); err != nil {
			return err
		}
		dirs = dirs[:n]
	}
	return nil
}

// results are what programs find.
type results struct {
	found   []entry
	attrs   []attrs
	devices []device
}

// kinds of messages, see copySteps.send.
const (
	kindNames     = iota + 1 // in a directory, by getdents64(2)
	kindFileAttrs            // of a file, by flistxattr(2)
	kindDirAttrs             // of a directory
	kindDevice               // what a device is, by statx(2)
)

// headerSize is the size of the header of a message: the number of the file or
// directory and the kind, 32 bits each.
const headerSize = 8

// take decodes a message about one of entries or dirs.
func (r *results) take(m []byte, entries []entry, dirs []string) (err error) {
	if len(m) < headerSize {
		return fmt.Errorf("message of %d bytes", len(m))
	}
	i, kind := int(binary.NativeEndian.Uint32(m)), binary.NativeEndian.Uint32(m[4:])
	content := m[headerSize:]
	switch {
	case kind == kindNames && i < len(dirs):
		r.found, err = appendEntries(r.found, dirs[i], content)
	case kind == kindDirAttrs && i < len(dirs):
		r.attrs = append(r.attrs, attrs{dirs[i], names(content)})
	case kind == kindFileAttrs && i < len(entries):
		r.attrs = append(r.attrs, attrs{entries[i].path(), names(content)})
	case kind == kindDevice && i < len(entries):
		r.devices, err = appendDevice(r.devices, entries[i], content)
	default:
		err = fmt.Errorf("message of kind %d about file %d", kind, i)
	}
	return err
}

// appendEntries decodes the result of getdents64(2).
func appendEntries(found []entry, dir string, data []byte) ([]entry, error) {
	const header = 19 // d_ino, d_off, d_reclen, d_type
	for len(data) > header {
		size := int(binary.NativeEndian.Uint16(data[16:]))
		if size <= header || size > len(data) {
			return nil, fmt.Errorf("list of %s: record of %d bytes", dir, size)
		}
		e := entry{dir: dir, name: unix.ByteSliceToString(data[header:size]), kind: data[18]}
		data = data[size:]
		switch {
		case e.name == "." || e.name == "..":
		case e.name == "" || strings.ContainsRune(e.name, '/'):
			return nil, fmt.Errorf("list of %s: %q is not the name of a file", dir, e.name)
		case len(dir)+1+len(e.name) >= unix.PathMax:
			return nil, fmt.Errorf("list of %s: %w", dir, unix.ENAMETOOLONG)
		case e.kind == unix.DT_UNKNOWN:
			return nil, fmt.Errorf("list of %s: the file system does not report the types of files", dir)
		default:
			found = append(found, e)
		}
	}
	return found, nil
}
