package mount

import (
	"github.com/oci-rt/rt/libcontainer/program"
	"golang.org/x/sys/unix"
)

// propagation is what linux.rootfsPropagation means for the steps.
//
// The specification lets it set the propagation of the rootfs mount. What the
// mounts around it must be follows from that: a bind mount can only stay in
// the peer group of its source, which the value shared is used for, if the
// namespace's copy of the source is still in it.
type propagation struct {
	// peers leaves the host's peer groups as they are in the new namespace.
	// Otherwise its mounts become slaves: the host's mounts still appear in
	// the container's rslave mounts, and nothing goes the other way.
	peers bool
	// private cuts the root itself off, recursively or not.
	private, privateRec bool
	// last is set on the finished root: MS_SHARED, MS_UNBINDABLE or 0.
	last    uint64
	lastRec bool
}

// propagationOf returns the meaning of a value that was checked before. An
// unknown one is as good as none.
func propagationOf(value string) propagation {
	switch value {
	case "shared", "rshared":
		return propagation{peers: true, private: true, privateRec: true, last: unix.MS_SHARED, lastRec: value[0] == 'r'}
	case "slave", "rslave":
		return propagation{}
	case "unbindable", "runbindable":
		return propagation{private: true, last: unix.MS_UNBINDABLE, lastRec: value[0] == 'r'}
	default:
		return propagation{private: true, privateRec: value == "rprivate"}
	}
}

// isolate keeps the mounts that follow from propagating to the host.
func (r *Root) isolate(rootfs program.Arg) {
	if !r.c.OwnNamespace {
		return
	}
	b := r.b
	b.At(originOf(r.c.Propagation))
	if !r.propagation.peers {
		b.Doing("make the mounts slaves of the host's")
		b.MountSetattr(program.Cwd, "/", unix.AT_RECURSIVE, unix.MountAttr{Propagation: unix.MS_SLAVE})
		return
	}
	b.Doing("make the mounts shared")
	flags := uint(0)
	if r.propagation.lastRec {
		flags = unix.AT_RECURSIVE
	}
	b.MountSetattr(program.Cwd, "/", flags, unix.MountAttr{Propagation: unix.MS_SHARED})
	r.isolateParent(rootfs)
}

// isolateParent makes the mount that the rootfs lies on private: a mount in a
// shared parent would propagate, and pivot_root(2) refuses it. Only the root
// directory of a mount can be given to mount_setattr(2), so the steps climb
// until one is found. "/" is one, or it could not have become shared.
//
// What is bind mounted from that same mount is cut off with it; usually the
// rootfs is a mount point and nothing else is on its mount.
func (r *Root) isolateParent(rootfs program.Arg) {
	b := r.b
	b.Doing("make the mount that the rootfs is on private")
	above, found := b.NewLabel(), b.NewLabel()
	b.Fchdir(rootfs)
	again := b.Here()
	b.MountSetattr(program.Cwd, ".", 0, unix.MountAttr{Propagation: unix.MS_PRIVATE}).On(unix.EINVAL, above)
	b.Jump(found)
	b.Bind(above)
	b.Chdir("..")
	b.Jump(again)
	b.Bind(found)
}

// makePrivate cuts the root off from its peers on the host, so that no mount
// in it propagates while it is being built. In an inherited namespace the
// mount may just have become shared, by being mounted in a shared parent.
func (r *Root) makePrivate() {
	p := r.propagation
	rec := p.privateRec
	if !r.c.OwnNamespace {
		p.private, rec = true, true
	}
	if p.private {
		r.b.Doing("make the rootfs a private mount")
		r.setPropagation(unix.MS_PRIVATE, rec)
	}
}

// setPropagation sets it on the root mount.
func (r *Root) setPropagation(kind uint64, recursive bool) {
	setAttr(r.b, r.fd, recursive, unix.MountAttr{Propagation: kind})
}

// originOf returns the setting that a propagation step comes from.
func originOf(value string) (jsonPath, subject string) {
	if value == "" {
		return "", ""
	}
	return "linux.rootfsPropagation", value
}
