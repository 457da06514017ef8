package mount

import (
	"fmt"

	"github.com/oci-rt/rt/libcontainer/program"
	"golang.org/x/sys/unix"
)

// Mask hides paths: a directory behind an empty read-only one, anything else
// behind /dev/null. A path that is missing is left out, and a path that is
// named twice is hidden once.
func (r *Root) Mask(paths []string) {
	if len(paths) == 0 {
		return
	}
	r.b.At("linux.maskedPaths", "")
	null, empty := r.devNull(), r.emptyDirectory("linux.maskedPaths", "")
	seen := map[string]bool{}
	for i, p := range paths {
		if path := inRoot(p); !seen[path] {
			seen[path] = true
			r.b.At(fmt.Sprintf("linux.maskedPaths[%d]", i), p)
			r.mask(path, null, empty)
		}
	}
	r.b.Close(null)
	r.b.Close(empty)
}

// mask hides one path. It opens the path as a directory and, if it is none,
// once more as a file, which saves a statx(2). If the path is exchanged in
// between, move_mount(2) fails.
func (r *Root) mask(path string, null, empty program.Arg) {
	b := r.b
	file, done := b.NewLabel(), b.NewLabel()
	b.Doing("mask")
	dir := r.openHidden(path, unix.O_DIRECTORY).
		On(unix.ENOENT, done).On(unix.ENOTDIR, file).Result("masked directory")
	r.cover(dir, empty)
	b.Jump(done)

	b.Bind(file)
	// ENOTDIR: a component on the way is a file.
	fd := r.openHidden(path, 0).On(unix.ENOENT, done).On(unix.ENOTDIR, done).Result("masked file")
	r.Attach(clone(b, null, false, "clone"), fd)
	b.Bind(done)
}

// cover mounts a copy of the shared empty directory on dir. Before 6.15 Linux
// cannot copy a mount that is not mounted itself, and says EINVAL. Then the
// first directory gets the original, which can be copied from then on.
func (r *Root) cover(dir, empty program.Arg) {
	b := r.b
	first, done := b.NewLabel(), b.NewLabel()
	copied := b.OpenTree(empty, "", unix.OPEN_TREE_CLONE|unix.AT_EMPTY_PATH).
		On(unix.EINVAL, first).Result("clone")
	b.MoveMount(copied, dir)
	b.Close(copied)
	b.Jump(done)
	b.Bind(first)
	b.MoveMount(empty, dir)
	b.Bind(done)
	b.Close(dir)
}

// devNull returns a descriptor of the host's /dev/null, after checking that it
// is the null device. Otherwise a file that the image supplies would be mounted
// over files whose masking matters (CVE-2025-31133).
func (r *Root) devNull() program.Arg {
	b := r.b
	b.Doing("check that the host's /dev/null is the null device")
	isDevice, isNull := b.NewLabel(), b.NewLabel()
	null := b.Openat(program.Cwd, "/dev/null", unix.O_PATH|unix.O_NOFOLLOW).Result("/dev/null")
	buf := r.statxBuffer()
	b.Statx(null, "", unix.AT_EMPTY_PATH, unix.STATX_TYPE, buf)
	b.JumpIfWord(buf.At(program.StatxModeOff), program.StatxTypeMask, unix.S_IFCHR, isDevice)
	b.Fail(unix.ENODEV)
	b.Bind(isDevice)
	b.JumpIfDevice(buf, 1, 3, isNull)
	b.Fail(unix.ENODEV)
	b.Bind(isNull)
	return null
}

// emptyDirectory returns a detached tmpfs. All masked directories share its
// superblock, because one for each costs memory, and time in the kernel's
// shrinkers on a host with many containers. Its root is its only inode, so
// nothing can be created in it, even by a container that may remount it.
func (r *Root) emptyDirectory(jsonPath, subject string) program.Arg {
	b := r.b
	b.At(jsonPath, subject)
	b.Doing("make an empty directory to mask with")
	fs := b.Fsopen("tmpfs").Result("fs")
	b.FsconfigString(fs, "nr_inodes", "1")
	b.FsconfigFlag(fs, "ro")
	r.labelOption(fs, "tmpfs")
	b.At(jsonPath, subject)
	b.Doing("make an empty directory to mask with")
	b.FsconfigCreate(fs)
	empty := b.Fsmount(fs, unix.MOUNT_ATTR_RDONLY|unix.MOUNT_ATTR_NOSUID|unix.MOUNT_ATTR_NODEV|unix.MOUNT_ATTR_NOEXEC).
		Result("empty directory")
	b.Close(fs)
	return empty
}

// ReadonlyPaths makes paths read-only, by mounting each on itself. A path that
// is missing is left out, and a path that is named twice is mounted once. What
// is mounted below a path keeps its own setting.
func (r *Root) ReadonlyPaths(paths []string) {
	b, seen := r.b, map[string]bool{}
	for i, p := range paths {
		path := inRoot(p)
		if seen[path] {
			continue
		}
		seen[path] = true
		b.At(fmt.Sprintf("linux.readonlyPaths[%d]", i), p)
		b.Doing("make the path read-only")
		missing := b.NewLabel()
		target := r.openHidden(path, 0).
			On(unix.ENOENT, missing).On(unix.ENOTDIR, missing).Result("read-only path")
		copied := clone(b, target, true, "clone")
		setAttr(b, copied, false, unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY})
		r.Attach(copied, target)
		b.Bind(missing)
	}
}
