package mount

import (
	"slices"

	"github.com/oci-rt/rt/libcontainer/program"
	"golang.org/x/sys/unix"
)

// isLong tells whether a parameter of the file system is too long for
// fsconfig(2), as those of overlayfs often are. Then the file system is made by
// mount(2).
func (e *Entry) isLong() bool { return e.Options.Long(e.Source) }

// newMonolithic is NewFS by mount(2), which mounts at once and by path. So a
// tmpfs that nobody else knows is mounted meanwhile:
//
//  1. mount a tmpfs with a directory on the root, and make it the working
//     directory;
//  2. mount the file system on the directory and take a clone;
//  3. unmount both, and go back.
func (r *Root) newMonolithic(e *Entry, fstype, source string) program.Arg {
	b := r.b
	const place = "mount"
	e.Doing(b, "make a place to mount %s", fstype)
	back := b.Openat(program.Cwd, ".", unix.O_PATH|unix.O_DIRECTORY).Result("working directory")
	fs := b.Fsopen("tmpfs").Result("tmpfs")
	b.FsconfigCreate(fs)
	dir := b.Fsmount(fs, 0).Result("place")
	b.Close(fs)
	b.Mkdirat(dir, place, 0o755)
	r.coverRoot(dir)
	b.Fchdir(dir)
	b.Close(dir)

	e.Doing(b, "mount %s", fstype)
	r.orUncover(b.Mount(source, place, fstype, e.superFlags(), e.Options.Monolithic(r.monolithicLabel(e, fstype))))
	mount := openTree(b, program.Cwd, place, false, fstype+" mount")
	b.Umount2(place, unix.MNT_DETACH)
	b.Umount2(".", unix.MNT_DETACH)
	b.Fchdir(back)
	b.Close(back)
	attr := unix.MountAttr{Attr_set: e.Options.NewAttr(), Attr_clr: unix.MOUNT_ATTR__ATIME}
	setAttr(b, mount, false, attr)
	return mount
}

// coverRoot mounts dir on the container's root or, before that is mounted, on
// the root of the namespace.
func (r *Root) coverRoot(dir program.Arg) {
	b := r.b
	if r.fd != program.Null {
		b.MoveMount(dir, r.fd)
		return
	}
	root := b.Openat(program.Cwd, "/", unix.O_PATH|unix.O_DIRECTORY).Result("root")
	b.MoveMount(dir, root)
	b.Close(root)
}

// orUncover unmounts what coverRoot mounted if the call fails. A mount
// namespace that others share must not keep it.
func (r *Root) orUncover(call *program.Call) {
	if r.c.OwnNamespace {
		return
	}
	b, done := r.b, r.b.NewLabel()
	errnos := []unix.Errno{unix.EINVAL, unix.ENOENT, unix.EPERM, unix.ENODEV, unix.EBUSY, unix.ENOTBLK}
	failed := make([]program.Label, len(errnos))
	for i, errno := range errnos {
		failed[i] = b.NewLabel()
		call.On(errno, failed[i])
	}
	b.Jump(done)
	for i, errno := range errnos {
		b.Bind(failed[i])
		b.Umount2(".", unix.MNT_DETACH)
		b.Fail(errno)
	}
	b.Bind(done)
}

// superFlags returns the flags of the superblock as mount(2) takes them.
func (e *Entry) superFlags() uint64 {
	var flags uint64
	for _, s := range e.Options.Super {
		if flag, set := s.MS(); set {
			flags |= flag
		}
	}
	if e.Options.IVersion {
		flags |= unix.MS_I_VERSION
	}
	return flags
}

// monolithicLabel returns the option for linux.mountLabel, or "": see
// labelOption.
func (r *Root) monolithicLabel(e *Entry, fstype string) string {
	if slices.ContainsFunc(e.Options.Data, isLabel) || !r.takesLabel(fstype) {
		return ""
	}
	return r.c.LabelType + `="` + r.c.Label + `"`
}
