package mount

import (
	"github.com/oci-rt/rt/libcontainer/program"
	"golang.org/x/sys/unix"
)

// Pivot makes the finished root the process's root and working directory, and
// lets go of the host's file systems.
func (r *Root) Pivot() {
	b := r.b
	b.At("", "")
	b.Doing("close /proc and /sys")
	r.closeKept()
	r.appendService()
	r.appendModeText()
	for _, steps := range r.last {
		steps()
	}
	r.closeIDMaps()
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
// the old root on top of the new one, and umount2(".") removes the topmost
// mount again, so no directory is needed for the old root (pivot_root(2),
// NOTES). Roots that mounts on "/" have replaced lie on top of the old root if
// the first of them was mounted there, and otherwise below it.
func (r *Root) pivotRoot() {
	b := r.b
	b.Doing("pivot_root")
	b.Fchdir(r.fd)
	r.orFixed(b.PivotRoot(".", "."))
	b.Doing("unmount the host's file systems")
	b.Umount2(".", unix.MNT_DETACH)
	if r.replaced == 0 || r.c.Visible && r.hidden == program.Null {
		return
	}
	done := b.NewLabel()
	if r.c.Visible {
		b.JumpIfWord(r.hidden, program.WholeWord, 0, done)
	}
	for range r.replaced {
		b.Umount2(".", unix.MNT_DETACH)
	}
	b.Bind(done)
}
