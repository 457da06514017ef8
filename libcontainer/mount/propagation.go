package mount

import (
	"github.com/oci-rt/rt/libcontainer/program"
	"golang.org/x/sys/unix"
)

// propagation says what linux.rootfsPropagation means for the steps.
//
// The specification lets it set the propagation of the rootfs mount. As in
// other runtimes, this decides what the mounts in it can be.
type propagation struct {
	// peers leaves bind mounts in the peer groups of their sources, so that
	// mounts propagate both ways. The value shared is used for that. Otherwise
	// bind mounts become slaves: the host's mounts still appear in the
	// container's rslave mounts, and nothing goes the other way.
	peers bool
	// private cuts the root itself off, recursively or not.
	private, privateRec bool
	// last is set on the finished root: MS_SHARED, MS_UNBINDABLE or 0.
	last    uint64
	lastRec bool
}

// propagationOf returns the meaning of a value that was checked before. An
// unknown value counts as none.
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

// isolate keeps the mounts that follow, and the unmounting of the host's file
// systems at the end, from propagating to the host. In a namespace that was
// copied for another user namespace all mounts are slaves already
// (mount_namespaces(7)).
func (r *Root) isolate() {
	switch {
	case r.c.RootCopy != nil:
		r.rootCopy()
	case !r.c.UserNamespace:
		r.b.At(originOf(r.c.Propagation))
		r.b.Doing("make the mounts slaves of the host's")
		r.makeSlaves()
	}
}

// makeSlaves makes slaves of all mounts of the namespace.
func (r *Root) makeSlaves() {
	r.orFixed(r.b.MountSetattr(program.Cwd, "/", unix.AT_RECURSIVE, unix.MountAttr{Propagation: unix.MS_SLAVE}))
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

// setPropagation sets the propagation type of the root mount.
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
