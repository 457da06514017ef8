package helper

import (
	"fmt"
	"path"
	"strings"

	"github.com/oci-rt/rt/libcontainer/mount"
	"github.com/oci-rt/rt/libcontainer/program"
	"golang.org/x/sys/unix"
)

// makeTarget makes a mount point for which a symbolic link exists, but not its
// target. The link is followed here. The program that makes the missing files
// follows no link, so that a rootfs that changes meanwhile gains nothing.
func (j *job) makeTarget(q mount.Request) error {
	w := walk{root: int(j.first.Fd())}
	defer w.close()
	if err := w.follow(q.Path); err != nil {
		o := j.origin
		o.Doing = "follow the symbolic links of /" + q.Path
		return fmt.Errorf("%s: %w", o, err)
	}
	if len(w.missing) == 0 {
		return nil // somebody was faster
	}
	b := j.builder("make /%s, where symbolic links lead", path.Join(path.Join(w.there...), path.Join(w.missing...)))
	const plain = unix.RESOLVE_BENEATH | unix.RESOLVE_NO_SYMLINKS | unix.RESOLVE_NO_MAGICLINKS
	open := func(dir program.Arg, name string) program.Arg {
		return b.Openat2(dir, name, unix.O_PATH|unix.O_DIRECTORY, 0, plain).Result("directory")
	}
	dir := open(b.first, path.Join(".", path.Join(w.there...)))
	last := len(w.missing) - 1
	for _, name := range w.missing[:last] {
		b.Mkdirat(dir, name, 0o755).Ignore(unix.EEXIST)
		dir = open(dir, name)
	}
	if isDir, err := j.isDirectory(q.Kind); err != nil {
		return err
	} else if isDir {
		b.Mkdirat(dir, w.missing[last], 0o755).Ignore(unix.EEXIST)
	} else {
		b.Mknodat(dir, w.missing[last], unix.S_IFREG|0o644, 0).Ignore(unix.EEXIST)
	}
	_, err := j.run(b)
	return err
}

// isDirectory reports whether to make a directory.
func (j *job) isDirectory(kind mount.RequestKind) (bool, error) {
	if kind != mount.MakeLike {
		return kind == mount.MakeDirectory, nil
	}
	info, err := j.second.Stat()
	return err == nil && info.IsDir(), err
}

// maxLinks is how many symbolic links are followed, as by the kernel
// (path_resolution(7)).
const maxLinks = 40

// walk follows a path inside a root directory. It only looks: it opens nothing
// but directories and the names themselves (O_PATH).
type walk struct {
	root    int
	there   []string // the path so far, without symbolic links
	missing []string // the rest of the path, which does not exist
	dirs    []int    // descriptors of there
	links   int
}

func (w *walk) close() {
	for _, fd := range w.dirs {
		unix.Close(fd)
	}
}

func (w *walk) follow(unsafePath string) error {
	todo := strings.Split(unsafePath, "/")
	for len(todo) > 0 {
		name := todo[0]
		todo = todo[1:]
		switch name {
		case "", ".":
			continue
		case "..":
			w.up()
			continue
		}
		link, err := w.enter(name, len(todo) == 0)
		if err != nil {
			return err
		}
		if strings.HasPrefix(link, "/") {
			w.close()
			w.there, w.missing, w.dirs = nil, nil, nil
		}
		if link != "" {
			todo = append(strings.Split(link, "/"), todo...)
		}
	}
	return nil
}

// up leaves a directory, but never the root.
func (w *walk) up() {
	if n := len(w.missing); n > 0 {
		w.missing = w.missing[:n-1]
		return
	}
	if n := len(w.dirs); n > 0 {
		unix.Close(w.dirs[n-1])
		w.there, w.dirs = w.there[:n-1], w.dirs[:n-1]
	}
}

// enter goes on to a name in the directory, or returns the target of the
// symbolic link of that name.
func (w *walk) enter(name string, last bool) (link string, err error) {
	if len(w.missing) > 0 {
		w.missing = append(w.missing, name)
		return "", nil
	}
	dir := w.root
	if n := len(w.dirs); n > 0 {
		dir = w.dirs[n-1]
	}
	fd, err := unix.Openat(dir, name, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err == unix.ENOENT {
		w.missing = append(w.missing, name)
		return "", nil
	}
	if err != nil {
		return "", err
	}
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		unix.Close(fd)
		return "", err
	}
	switch kind := st.Mode & unix.S_IFMT; {
	case kind == unix.S_IFLNK:
		defer unix.Close(fd)
		return w.readLink(fd)
	case kind != unix.S_IFDIR && !last:
		unix.Close(fd)
		return "", unix.ENOTDIR
	}
	w.there, w.dirs = append(w.there, name), append(w.dirs, fd)
	return "", nil
}

func (w *walk) readLink(fd int) (string, error) {
	if w.links++; w.links > maxLinks {
		return "", unix.ELOOP
	}
	buf := make([]byte, unix.PathMax)
	n, err := unix.Readlinkat(fd, "", buf)
	if err != nil {
		return "", err
	}
	if n == 0 {
		return "", unix.ENOENT
	}
	return string(buf[:n]), nil
}
