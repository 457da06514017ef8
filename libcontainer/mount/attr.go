package mount

import (
	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/spec"
	"golang.org/x/sys/unix"
)

// locked explains why attributes cannot be changed.
const locked = "cannot clear locked flags, as the host mounted it with nosuid, nodev, noexec, ro or a mode of access times " +
	"that a user namespace cannot take away (mount_namespaces(7))"

// change changes a copy of a host's mount as the options ask. In a less
// privileged namespace the attributes of the host's mount are locked. Then an
// attribute that no option names stays, and an option that names a locked one
// is an error.
func (r *Root) change(e *Entry, mount program.Arg) {
	b, o := r.b, &e.Options
	const doing = "set the attributes of the mount"
	e.Doing(b, doing)
	change := func(unnamed uint64, denied *program.Label) {
		r.apply(mount, append(attrChanges(o, unnamed), propagationChanges(o)...), denied)
	}
	if !r.c.UserNamespace && !r.c.Nested {
		change(o.Unnamed, nil)
		return
	}
	named, denied, done := b.NewLabel(), b.NewLabel(), b.NewLabel()
	if o.Unnamed != 0 {
		change(o.Unnamed, &named)
		b.Jump(done)
		b.Bind(named)
	}
	change(o.Unnamed&unix.MOUNT_ATTR_NOSYMFOLLOW, &denied) // this one is never locked
	b.Jump(done)
	b.Bind(denied)
	b.FailSaying(unix.EPERM, "%s: %s", doing, locked)
	b.Bind(done)
}

// change is one mount_setattr(2).
type change struct {
	recursive bool
	attr      unix.MountAttr
}

// apply appends the changes. Two changes share a call where the order allows
// it: the kernel changes attributes before the propagation type. If a change is
// not allowed (EPERM), the steps go on at denied, unless that is nil.
func (r *Root) apply(mount program.Arg, changes []change, denied *program.Label) {
	for i := 0; i < len(changes); i++ {
		c := changes[i]
		if i+1 < len(changes) && c.recursive == changes[i+1].recursive && c.attr.Propagation == 0 {
			i++
			c.attr.Propagation = changes[i].attr.Propagation
		}
		set := setAttr(r.b, mount, c.recursive, c.attr)
		if denied != nil {
			set.On(unix.EPERM, *denied)
		}
	}
}

// attrChanges returns the changes of attributes that the options ask for, and
// those that clear the unnamed attributes.
func attrChanges(o *spec.MountOptions, unnamed uint64) []change {
	var changes []change
	if clear := o.Clear | unnamed; o.Set|clear != 0 {
		changes = append(changes, change{false, unix.MountAttr{Attr_set: o.Set, Attr_clr: clear}})
	}
	if o.RecSet|o.RecClear != 0 {
		changes = append(changes, change{true, unix.MountAttr{Attr_set: o.RecSet, Attr_clr: o.RecClear}})
	}
	return changes
}

// propagationChanges returns the changes of propagation that the options ask
// for. Their order matters: shared after slave gives a mount that is both.
func propagationChanges(o *spec.MountOptions) []change {
	var changes []change
	for _, p := range o.Propagation {
		changes = append(changes, change{p.Recursive, unix.MountAttr{Propagation: p.Flag}})
	}
	return changes
}
