// Package linux has the kernel calls that several packages make in the same
// way.
package linux

import "golang.org/x/sys/unix"

// OpenInRoot opens a path below a directory of a hostile file system, with O_PATH:
// no link leads out of it, and a FIFO or a device does not act.
func OpenInRoot(root int, unsafePath string) (int, error) {
	how := unix.OpenHow{Flags: unix.O_PATH | unix.O_CLOEXEC, Resolve: unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_MAGICLINKS}
	for {
		fd, err := unix.Openat2(root, unsafePath, &how)
		if err != unix.EAGAIN && err != unix.EINTR { // a rename meanwhile
			return fd, err
		}
	}
}
