package mount

import (
	"github.com/oci-rt/rt/libcontainer/program"
	"golang.org/x/sys/unix"
)

// Pivot makes the finished root the process's root and working directory, and
// lets go of the host's file systems.
func (r *Root) Pivot() {
	b := r.b
	if r.c.Readonly {
		b.At("root.readonly", "true")
		b.Doing("make the rootfs read-only")
		setAttr(b, r.fd, false, unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY})
	}
	b.At("root.path", r.c.Path)
	if r.c.OwnNamespace {
		r.pivotRoot()
	} else {
		b.Doing("change the root")
		b.Fchdir(r.fd)
		b.Chroot(".")
	}
	if r.propagation.last != 0 {
		b.At(originOf(r.c.Propagation))
		b.Doing("set the propagation of the rootfs")
		r.setPropagation(r.propagation.last, r.propagation.lastRec)
	}
}

// pivotRoot swaps the root mount of the namespace. pivot_root(".", ".") puts
// the old root on top of the new one, and umount2(".") takes the topmost mount
// off again: no directory is needed to put it in (pivot_root(2), NOTES).
//
// Where the host's mounts are still peers, unmounting them would unmount them
// on the host as well.
func (r *Root) pivotRoot() {
	b := r.b
	b.Doing("pivot_root")
	var old program.Arg
	if r.propagation.peers {
		old = b.Openat(program.Cwd, "/", unix.O_PATH|unix.O_DIRECTORY).Result("old root")
	}
	b.Fchdir(r.fd)
	b.PivotRoot(".", ".")
	b.Doing("unmount the host's file systems")
	if r.propagation.peers {
		setAttr(b, old, true, unix.MountAttr{Propagation: unix.MS_SLAVE})
		b.Close(old)
	}
	b.Umount2(".", unix.MNT_DETACH)
}
