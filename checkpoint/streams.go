package checkpoint

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/oci-rt/rt/internal/linux"
	"github.com/oci-rt/rt/internal/plainjson"
	"github.com/oci-rt/rt/spec"
	"golang.org/x/sys/unix"
)

// The other ends of a container's stdin, stdout and stderr are outside, and so
// are files that they lead to. A checkpoint has their names beside CRIU's
// images, and those of a restore take their places.

// streamsFile is the name of the file with the names of the three streams. It is
// runc's, in name and in form, so that each can restore what the other has saved.
// The name of the null device, if it is among them, comes as a fourth, which runc
// does not look at.
const streamsFile = "descriptors.json"

func saveStreams(images string, names []string) error {
	path := filepath.Join(images, streamsFile)
	if null := nullName(); slices.Contains(names, null) {
		names = append(slices.Clip(names), null)
	}
	if err := os.WriteFile(path, plainjson.Append(nil, names), 0o600); err != nil {
		return &OptionError{"Images.Dir", err}
	}
	return nil
}

// savedStreams reads what saveStreams has written. An image of criu(8) has no
// such file.
func savedStreams(images string) ([]string, error) {
	path := filepath.Join(images, streamsFile)
	data, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, &OptionError{"Images.Dir", err}
	}
	var names []string
	if err := spec.Decode(&names, streamsFile, data); err != nil {
		return nil, &OptionError{"Images.Dir", fmt.Errorf("%s: %w", path, err)}
	}
	return names, nil
}

// nullName returns the name that the null device has as a stream, or "".
func nullName() string {
	f, err := os.Open(devNull)
	if err != nil {
		return ""
	}
	defer f.Close()
	return streamName(int(f.Fd()))
}

// inheritedStreams returns the streams that take the places of those saved. Two
// that were one file stay one. That is null, open for reading and writing, if they
// were the null device and none of those that there are can be both: so a
// container that had nothing to read from and to write to restores also where
// there is a pipe for each.
//
// It also returns what the container has of these three.
func inheritedStreams(names []string, stdio [3]*os.File, null *os.File) ([]descriptor, [3]*os.File) {
	var list []descriptor
	has := stdio
	saved := names[:min(len(names), len(stdio))]
	for i, name := range saved {
		first := slices.Index(saved, name)
		switch {
		case name == "": // none of these
		case first < i:
			has[i] = has[first]
		case isPipe(name), isTerminal(name):
			list = append(list, descriptor{Key: name, File: stdio[i]})
		case isFile(name):
			f := sharedStream(saved, name, stdio)
			if f == nil && slices.Contains(names[len(saved):], name) {
				f = null
			}
			if f != nil {
				list = append(list, descriptor{Key: asPath(name), File: f})
			}
			has[i] = cmp.Or(f, stdio[i])
			list = append(list, descriptor{Key: name, File: has[i]})
		}
	}
	return list, has
}

// asPath returns what CRIU takes for a file's path: its name without the first
// character, which is a slash of others. CRIU uses the descriptor itself that has
// this key (its open_path, in 3.16 to 4.2). The one with the name as key it opens again by
// /proc, which takes rights that root of a user namespace may not have, and a
// file of the old size: this is for what cannot be used itself.
func asPath(name string) string { return name[1:] }

// sharedStream returns the stream that can be all streams with a name, or nil.
// Those of /dev/null have one name, and may be open for different things.
func sharedStream(names []string, name string, stdio [3]*os.File) *os.File {
	for i := range names {
		if names[i] == name && canBeAll(names, name, stdio[i]) {
			return stdio[i]
		}
	}
	return nil
}

// canBeAll reports whether a file can be read, if it is to be stdin, and written,
// if it is to be stdout or stderr.
func canBeAll(names []string, name string, f *os.File) bool {
	var flags int
	err := linux.Control(f, func(fd int) (err error) {
		flags, err = unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
		return err
	})
	if err != nil {
		return false
	}
	mode := flags & unix.O_ACCMODE
	for i := range names {
		unfit := unix.O_RDONLY
		if i == 0 {
			unfit = unix.O_WRONLY
		}
		if names[i] == name && mode == unfit {
			return false
		}
	}
	return true
}

// externalStreams returns the names that CRIU has to know as those of what it cannot
// find in the container. Pipes it finds by their descriptors alone.
func externalStreams(names []string, shellJob bool) ([]string, error) {
	var list []string
	for _, name := range names {
		if isTerminal(name) && !shellJob {
			return nil, ErrHostTerminal
		}
		if isFile(name) || isTerminal(name) {
			list = append(list, name)
		}
	}
	return list, nil
}

// The names of pipes are those of proc_pid_fd(5), and the others CRIU's: files are
// named by mount and inode, and terminals by their device and that of the file system
// that shows it.
func isPipe(name string) bool     { return strings.HasPrefix(name, "pipe:[") }
func isFile(name string) bool     { return strings.HasPrefix(name, "file[") }
func isTerminal(name string) bool { return strings.HasPrefix(name, "tty[") }

// StreamNames returns the names of the streams that a container starts with.
// They are saved at the start, because the container's processes may change
// their descriptors later.
func StreamNames(stdio [3]*os.File) []string {
	names := make([]string, len(stdio))
	for i, f := range stdio {
		if f != nil {
			_ = linux.Control(f, func(fd int) error {
				names[i] = streamName(fd)
				return nil
			})
		}
	}
	return names
}

// streamName returns the name of a pipe, a file or a terminal. A socket has none:
// see --ext-unix-sk.
func streamName(fd int) string {
	var st unix.Statx_t
	if unix.Statx(fd, "", unix.AT_EMPTY_PATH, unix.STATX_TYPE|unix.STATX_INO|unix.STATX_MNT_ID, &st) != nil {
		return ""
	}
	switch kind := st.Mode & unix.S_IFMT; {
	case kind == unix.S_IFIFO && anonymous(fd):
		return fmt.Sprintf("pipe:[%d]", st.Ino)
	case kind == unix.S_IFIFO, kind == unix.S_IFREG:
	case kind == unix.S_IFCHR && st.Rdev_major == 1: // the memory devices: null, zero, full …
	case kind == unix.S_IFCHR && isTTY(fd):
		return ttyName(fd)
	default:
		return ""
	}
	return fmt.Sprintf("file[%x:%x]", st.Mnt_id, st.Ino)
}

// anonymous tells the pipes of pipe(2) from those with a path.
func anonymous(fd int) bool {
	var st unix.Statfs_t
	return unix.Fstatfs(fd, &st) == nil && st.Type == unix.PIPEFS_MAGIC
}

func isTTY(fd int) bool {
	_, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	return err == nil
}

func ttyName(fd int) string {
	var st unix.Stat_t
	if unix.Fstat(fd, &st) != nil {
		return ""
	}
	return fmt.Sprintf("tty[%x:%x]", st.Rdev, st.Dev)
}
