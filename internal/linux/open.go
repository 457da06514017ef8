package linux

import (
	"os"

	"golang.org/x/sys/unix"
)

// Open opens a file, with O_CLOEXEC.
func Open(path string, flags int, mode uint32) (int, error) {
	fd, err := OpenAt(unix.AT_FDCWD, path, flags, mode)
	if err != nil {
		return -1, &os.PathError{Op: "open", Path: path, Err: err}
	}
	return fd, nil
}

// OpenAt is openat(2), with O_CLOEXEC.
func OpenAt(dir int, path string, flags int, mode uint32) (int, error) {
	for {
		fd, err := unix.Openat(dir, path, flags|unix.O_CLOEXEC, mode)
		if err != unix.EINTR {
			return fd, err
		}
	}
}

// OpenInRoot opens a path below a directory of a hostile file system, with O_PATH:
// no link leads out of it, and a FIFO or a device does not act.
func OpenInRoot(root int, unsafePath string) (int, error) { return openInRoot(root, unsafePath, 0) }

// OpenLinkInRoot is [OpenInRoot] that does not follow the path's last link.
func OpenLinkInRoot(root int, unsafePath string) (int, error) {
	return openInRoot(root, unsafePath, unix.O_NOFOLLOW)
}

func openInRoot(root int, unsafePath string, flags uint64) (int, error) {
	how := unix.OpenHow{Flags: unix.O_PATH | unix.O_CLOEXEC | flags, Resolve: unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_MAGICLINKS}
	for {
		fd, err := unix.Openat2(root, unsafePath, &how)
		if err != unix.EAGAIN && err != unix.EINTR { // a rename meanwhile
			return fd, err
		}
	}
}
