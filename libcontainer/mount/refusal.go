package mount

import (
	"github.com/oci-rt/rt/libcontainer/program"
	"golang.org/x/sys/unix"
)

// refusal is the kernel's answer (EPERM) when the root of a user namespace
// mounts a file system that shows a namespace, unless that namespace belongs to
// the user namespace.
type refusal struct {
	r      *Root
	e      *Entry
	fstype string
	label  program.Label
}

// shows returns the namespace that a type of file system shows, or "".
func shows(fstype string) string {
	switch fstype {
	case "proc":
		return "pid"
	case "mqueue":
		return "ipc"
	case "sysfs":
		return "network"
	}
	return ""
}

// newRefusal returns nil if there can be no refusal.
func (r *Root) newRefusal(e *Entry, fstype string) *refusal {
	if shows(fstype) == "" || !r.c.UserNamespace && !r.c.Nested {
		return nil
	}
	return &refusal{r, e, fstype, r.b.NewLabel()}
}

// on makes a refused call go to handle.
func (n *refusal) on(c *program.Call) *program.Call {
	if n != nil {
		c.On(unix.EPERM, n.label)
	}
	return c
}

// handle appends the steps for a refusal. They store a descriptor of another
// mount, or fail.
//
// A refused sysfs is replaced by the host's /sys. What that shows of another
// network namespace does no harm, and containers without a network namespace of
// their own are common. It is mounted with all mounts below it, which cannot be
// left out, and all of them get the attributes: read-only must not end at the
// first mount below (CVE-2023-25809). The other file systems have no such
// replacement.
func (n *refusal) handle(mount program.Slot) {
	if n == nil {
		return
	}
	b := n.r.b
	done := b.NewLabel()
	b.Jump(done)
	b.Bind(n.label)
	if n.fstype == "sysfs" {
		n.e.Doing(b, "mount the host's /sys instead of a new sysfs")
		b.OpenTree(program.Cwd, "/sys", unix.OPEN_TREE_CLONE|unix.AT_RECURSIVE).ResultIn(mount)
		setAttr(b, mount.Arg(), true, unix.MountAttr{Attr_set: n.e.Options.NewAttr() &^ unix.MOUNT_ATTR__ATIME})
	} else {
		b.FailSaying(unix.EPERM, "mount %s: it shows the %s namespace, which does not belong to the container's user namespace "+
			"(needs a new %[2]s namespace, or a bind mount of the host's)", n.fstype, shows(n.fstype))
	}
	b.Bind(done)
}
