package image

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// tmpfs returns a descriptor of a file with the image in it, on a tmpfs of
// its own that is mounted nowhere and read-only: the container's root can
// neither reach it by a path nor write to it through /proc/PID/exe.
// It is used where memfds cannot be executed. It needs CAP_SYS_ADMIN, and Linux
// 5.12 for mount_setattr.
func (f *file) tmpfs() (int, error) {
	mount, err := detachedTmpfs()
	if err != nil {
		return -1, err
	}
	defer unix.Close(mount)
	if err := f.createIn(mount); err != nil {
		return -1, err
	}
	readonly := &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY}
	if err := unix.MountSetattr(mount, "", unix.AT_EMPTY_PATH, readonly); err != nil {
		return -1, wrap("make tmpfs read-only", err)
	}
	fd, err := unix.Openat(mount, imageName, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	return fd, wrap("open image on tmpfs", err)
}

// detachedTmpfs returns the root of a new tmpfs that is mounted nowhere. It
// lives as long as a file on it is open, mapped or executed.
func detachedTmpfs() (int, error) {
	fs, err := unix.Fsopen("tmpfs", unix.FSOPEN_CLOEXEC)
	if err != nil {
		return -1, wrap("open tmpfs", err)
	}
	defer unix.Close(fs)
	if err := unix.FsconfigCreate(fs); err != nil {
		return -1, wrap("create tmpfs", err)
	}
	mount, err := unix.Fsmount(fs, unix.FSMOUNT_CLOEXEC, unix.MOUNT_ATTR_NOSUID|unix.MOUNT_ATTR_NODEV)
	return mount, wrap("mount tmpfs", err)
}

// createIn writes the image file. A file that is open for writing cannot be
// executed (ETXTBSY), so no process that is forked meanwhile may inherit the
// descriptor, not even until its exec: hence the fork lock.
func (f *file) createIn(dir int) error {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	fd, err := unix.Openat(dir, imageName, unix.O_CREAT|unix.O_EXCL|unix.O_WRONLY|unix.O_CLOEXEC, 0o700)
	if err != nil {
		return wrap("create image on tmpfs", err)
	}
	defer unix.Close(fd)
	return wrap("image on tmpfs", f.writeTo(fd))
}
