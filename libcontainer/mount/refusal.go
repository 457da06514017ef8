package mount

import (
	"github.com/oci-rt/rt/libcontainer/program"
	"golang.org/x/sys/unix"
)

// refusal is what the kernel says (EPERM) to the root of a user namespace who
// mounts a file system that shows another namespace, unless that belongs to
// the user namespace as well.
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

// on makes the call lead to handle.
func (n *refusal) on(c *program.Call) *program.Call {
	if n != nil {
		c.On(unix.EPERM, n.label)
	}
	return c
}

// handle appends what is done instead, which stores a descriptor of a mount.
//
// What the host's /sys shows of another network namespace does no harm, and
// containers without a network namespace of their own are common. So it is
// mounted with all that is below it, which cannot be left out, and with the
// attributes everywhere: read-only must not end at the first mount below
// (CVE-2023-25809). For the others nothing is as good.
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
