package mount

import (
	"github.com/oci-rt/rt/libcontainer/program"
	"golang.org/x/sys/unix"
)

// Attach mounts a detached mount on a target and closes both descriptors.
func (r *Root) Attach(mount, target program.Arg) {
	r.b.MoveMount(mount, target)
	r.b.Close(target)
	r.b.Close(mount)
}

// attachAt is Attach for a target at path. A mount on the root itself becomes
// the new root.
func (r *Root) attachAt(path string, mount, target program.Arg) {
	r.attachKeeping(path, mount, target)
	r.closeAttached(mount)
}

// attachAtOr is attachAt, but goes to invalid if the mount cannot be there
// (EINVAL).
func (r *Root) attachAtOr(path string, mount, target program.Arg, invalid program.Label) {
	r.b.MoveMount(mount, target).On(unix.EINVAL, invalid)
	r.attached(path, mount, target)
	r.closeAttached(mount)
}

func (r *Root) closeAttached(mount program.Arg) {
	if mount != r.fd && !r.keeps(mount) {
		r.b.Close(mount)
	}
}

// attachKeeping is attachAt, but leaves the mount's descriptor open.
func (r *Root) attachKeeping(path string, mount, target program.Arg) {
	r.b.MoveMount(mount, target)
	r.attached(path, mount, target)
}

// attached closes the target and notes a mount on the root.
func (r *Root) attached(path string, mount, target program.Arg) {
	r.b.Close(target)
	r.keep(inRoot(path), mount)
	if inRoot(path) == "." {
		r.fd = mount
		r.replaced++
		if r.propagation.peers {
			r.b.Doing("make the mount on / a private one")
			r.setPropagation(unix.MS_PRIVATE, false) // pivot_root(2) refuses a shared root
		}
	}
}

// setAttr changes the mount that fd refers to.
func setAttr(b *program.Builder, fd program.Arg, recursive bool, attr unix.MountAttr) *program.Call {
	flags := uint(unix.AT_EMPTY_PATH)
	if recursive {
		flags |= unix.AT_RECURSIVE
	}
	return b.MountSetattr(fd, "", flags, attr)
}

// clone returns a detached copy of the mount at fd. The copy's root is what fd
// refers to. name is the name of the result, for people.
func clone(b *program.Builder, fd program.Arg, recursive bool, name string) program.Arg {
	return openTree(b, fd, "", recursive, name)
}

// openTree is clone for the mount at a path.
func openTree(b *program.Builder, dir program.Arg, path string, recursive bool, name string) program.Arg {
	flags := uint(unix.OPEN_TREE_CLONE)
	if path == "" {
		flags |= unix.AT_EMPTY_PATH
	}
	if recursive {
		flags |= unix.AT_RECURSIVE
	}
	return b.OpenTree(dir, path, flags).Result(name)
}
