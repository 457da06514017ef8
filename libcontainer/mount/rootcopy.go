package mount

import (
	"slices"
	"strings"

	"github.com/oci-rt/rt/internal/mountinfo"
	"github.com/oci-rt/rt/libcontainer/program"
	"golang.org/x/sys/unix"
)

// RootCopy is for a host whose root cannot be changed. pivot_root(2) refuses
// the root of a mount namespace, such as an initramfs that was never left, and
// a root directory that is no mount, as in a chroot.
type RootCopy struct {
	// Host are the mounts of the runtime's mount namespace.
	Host []mountinfo.Mount
}

// rootCopy mounts a copy of the host's root over the root of the mount
// namespace, and makes it the root of the process. That is like an ordinary
// host, whose root is mounted over its initramfs too. So everything else is as
// on an ordinary host, up to the pivot_root(2), which puts the container in the
// copy's place.
//
// What is below the copy stays below the container. ".." does not lead there,
// not even out of a chroot(2), because a mount over the root of a namespace has
// nothing above it. Only a process that may unmount the container's root gets
// there. Without a user namespace that is every process with CAP_SYS_ADMIN.
// With a user namespace it is none, if the copy is older than the user
// namespace: then the copy is locked (mount_namespaces(7)), and what takes its
// place inherits that. In case a process gets there nevertheless, as little as
// possible is left:
//
//  1. copy what the process sees as the root, with what is mounted in it;
//  2. go to the root of the namespace, which in a chroot is a different one;
//  3. unmount what is mounted there, and make it a private, read-only mount;
//  4. mount the copy over it, and change to it.
//
// In a chroot the mounts outside of it are not known, and stay.
//
// Preconditions: the mount namespace is a new one, and the process has no
// threads.
func (r *Root) rootCopy() {
	b := r.b
	b.At("", "")
	b.Doing("copy the host's root")
	copied := openTree(b, program.Cwd, "/", true, "host")
	setAttr(b, copied, true, unix.MountAttr{Propagation: unix.MS_SLAVE})
	b.Doing("go to the root of the mount namespace")
	pid := b.Getpid().Result("pid")
	self := b.PidfdOpen(pid).Result("self")
	b.Setns(self, unix.CLONE_NEWNS)
	b.Close(self)
	r.makeSlaves()
	r.unmountHost()
	b.Doing("mount the copy of the host's root")
	below := b.Openat(program.Cwd, "/", unix.O_PATH|unix.O_DIRECTORY).Result("below the copy")
	b.MoveMount(copied, below)
	b.Close(below)
	b.Fchdir(copied)
	b.Chroot(".")
	b.Close(copied)
}

// orFixed explains the error of a call that fails on a host whose root cannot
// be changed, and says that RootCopy is needed.
func (r *Root) orFixed(call *program.Call) {
	if r.c.RootCopy != nil {
		return
	}
	b, fixed, done := r.b, r.b.NewLabel(), r.b.NewLabel()
	call.On(unix.EINVAL, fixed)
	b.Jump(done)
	b.Bind(fixed)
	b.FailSaying(unix.EINVAL, "pivot_root(2) cannot change the host's root, which is its initramfs or that of a chroot")
	b.AvoidedBy("NoPivot")
	b.Bind(done)
}

// unmountHost removes the host's mounts from the namespace, and makes its root
// a private mount with which little can be done.
func (r *Root) unmountHost() {
	b, empty := r.b, program.Null
	list := leftBelow(r.c.RootCopy.Host)
	if r.mayBeLocked() && slices.ContainsFunc(list, revealing) {
		empty = r.emptyDirectory("", "")
	}
	for _, m := range list {
		next := b.NewLabel()
		b.Doing("unmount the host's %s", m.Point)
		umount := b.Umount2(m.Point, unix.MNT_DETACH|unix.UMOUNT_NOFOLLOW).On(unix.ENOENT, next)
		if empty == program.Null || !revealing(m) {
			umount.On(unix.EINVAL, next) // gone, or locked
			if r.mayBeLocked() {
				umount.On(unix.EACCES, next) // out of reach, for the container too
			}
		} else {
			locked := b.NewLabel()
			umount.On(unix.EINVAL, locked)
			b.Jump(next)
			b.Bind(locked)
			r.coverHost(m.Point, empty)
		}
		b.Bind(next)
	}
	if empty != program.Null {
		b.Close(empty)
	}
	b.Doing("hide the host's root")
	b.MountSetattr(program.Cwd, "/", 0, unix.MountAttr{
		Attr_set:    unix.MOUNT_ATTR_RDONLY | unix.MOUNT_ATTR_NOSUID | unix.MOUNT_ATTR_NODEV | unix.MOUNT_ATTR_NOEXEC,
		Propagation: unix.MS_PRIVATE,
	})
}

// mayBeLocked reports whether the host's mounts may have been locked when their
// namespace was copied for another user namespace. A locked mount cannot be
// unmounted.
func (r *Root) mayBeLocked() bool { return r.c.Nested || r.c.Unprivileged }

// coverHost hides a locked proc or sysfs. The kernel lets the root of a user
// namespace mount a new one if it sees an old one in which nothing is covered
// for good (mount_too_revealing, fs/namespace.c). Then a process of the
// container could see what is masked in the container's own.
func (r *Root) coverHost(path string, empty program.Arg) {
	b, gone := r.b, r.b.NewLabel()
	b.Doing("cover the host's %s", path)
	dir := b.Openat(program.Cwd, path, unix.O_PATH|unix.O_DIRECTORY).On(unix.ENOENT, gone).Result("covered directory")
	r.cover(dir, empty)
	b.Bind(gone)
}

// revealing reports whether a mount shows all of a proc file system or sysfs.
func revealing(m mountinfo.Mount) bool {
	return (m.Type == "proc" || m.Type == "sysfs") && m.Root == "/"
}

// leftBelow returns the mounts of a host that must be unmounted so that none is
// left, in that order: those in its root, because the mounts in them go with
// them, and others that are revealing, in case they do not.
func leftBelow(host []mountinfo.Mount) []mountinfo.Mount {
	roots := map[string]bool{}
	for _, m := range host {
		if m.Point == "/" {
			roots[m.ID] = true
		}
	}
	inRoot := map[string]bool{} // and what is mounted over those
	for _, m := range host {
		if roots[m.Parent] && m.Point != "/" {
			inRoot[m.Point] = true
		}
	}
	var list []mountinfo.Mount
	for _, m := range host {
		if inRoot[m.Point] || revealing(m) && m.Point != "/" {
			list = append(list, m)
		}
	}
	slices.SortStableFunc(list, func(a, b mountinfo.Mount) int { return strings.Compare(a.Point, b.Point) })
	return list
}
