package terminal

import (
	"github.com/oci-rt/rt/libcontainer/program"
	"golang.org/x/sys/unix"
)

// MountConsole mounts the terminal on /dev/console (config.md, "terminal"). dir
// opens a directory inside the container's root.
//
// Both ends of the mount are descriptors. If the image has its own /dev, a
// symbolic link in place of the file would lead to the host (CVE-2026-88264). So
// the file is opened, and made if it is missing, by its name in the directory,
// and no link is followed.
//
// Preconditions: the rootfs is still writable, and the umask is 0.
func (t *Terminal) MountConsole(dir func(path string) program.Arg) {
	if t == nil {
		return
	}
	b := t.b
	b.At("process.terminal", "/dev/console")
	b.Doing("open /dev")
	dev := dir("/dev")
	b.Doing("make the mount point")
	b.Mknodat(dev, "console", unix.S_IFREG|0o620, 0).Ignore(unix.EEXIST)
	file := b.Openat(dev, "console", unix.O_PATH|unix.O_NOFOLLOW).Result("console")
	b.Close(dev)
	t.refuseLink(file)
	b.Doing("clone the terminal's mount")
	mount := b.OpenTree(t.peer, "", unix.OPEN_TREE_CLONE|unix.AT_EMPTY_PATH).Result("terminal's mount")
	b.Doing("mount the terminal")
	b.MoveMount(mount, file)
	b.Close(mount)
	b.Close(file)
}

func (t *Terminal) refuseLink(file program.Arg) {
	b := t.b
	link, ok := b.NewLabel(), b.NewLabel()
	st := b.Buffer(program.StatxSize)
	b.Statx(file, "", unix.AT_EMPTY_PATH, unix.STATX_TYPE, st)
	b.JumpIfWord(st.At(program.StatxModeOff), program.StatxTypeMask, unix.S_IFLNK, link)
	b.Jump(ok)
	b.Bind(link)
	b.FailSaying(unix.ELOOP, "the rootfs has a symbolic link there, and a terminal cannot be mounted on a link")
	b.Bind(ok)
}
