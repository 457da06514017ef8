package mount

import (
	"slices"

	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/spec"
	"golang.org/x/sys/unix"
)

// tmpfs mounts a tmpfs. A read-only one becomes so when everything is in its
// place, because other mounts and devices may have to be made in it.
func (r *Root) tmpfs(e *Entry) {
	mount := r.NewFS(e.writable(), e.Type, e.Source)
	e.Doing(r.b, "find or make the mount point of tmpfs")
	t := r.newTarget(e.Destination, inside, MakeDirectory)
	t.existing = func(covered program.Arg) {
		if e.takesAfter() {
			r.takeAfter(e, mount, covered)
		}
		if e.Options.CopyUp {
			e.Doing(r.b, "copy what is in the directory that the tmpfs covers")
			copied := r.b.NewLabel()
			r.ask(Request{Kind: CopyUp, Path: t.path}, covered, mount, copied)
			r.b.Bind(copied)
		}
	}
	target := t.open(unix.O_DIRECTORY, t.makeDirectory)
	e.Doing(r.b, "mount tmpfs")
	if !e.readonly() {
		r.attachAt(e.Destination, mount, target)
		return
	}
	r.attachKeeping(e.Destination, mount, target)
	r.last = append(r.last, func() { r.makeReadonly(e, mount) })
}

// readonly tells whether the mount or the file system is to be read-only.
func (e *Entry) readonly() bool {
	return e.Options.NewAttr()&unix.MOUNT_ATTR_RDONLY != 0 || slices.ContainsFunc(e.Options.Super, isReadonly)
}

// takesAfter tells whether a tmpfs gets the mode of the directory that it
// covers, as in other runtimes, and its owner: an empty /tmp of the image stays
// a directory that everybody may write to, and a directory of a service stays
// that service's. Options about any of that are the whole truth.
func (e *Entry) takesAfter() bool {
	return !slices.ContainsFunc(e.Options.Data, func(d spec.DataOption) bool {
		return d.Key == "mode" || d.Key == "uid" || d.Key == "gid"
	})
}

// writable returns the entry without what would make it read-only.
func (e *Entry) writable() *Entry {
	w := *e
	w.Options.Set &^= unix.MOUNT_ATTR_RDONLY
	w.Options.RecSet &^= unix.MOUNT_ATTR_RDONLY
	w.Options.Super = slices.DeleteFunc(slices.Clone(e.Options.Super), isReadonly)
	return &w
}

func isReadonly(f spec.SuperFlag) bool { return f.Name == "ro" }

// makeReadonly adds to a mount what writable left out, and closes it.
func (r *Root) makeReadonly(e *Entry, mount program.Arg) {
	b := r.b
	if i := slices.IndexFunc(e.Options.Super, isReadonly); i >= 0 {
		e.doingOption(b, e.Options.Super[i].Index, "make the tmpfs read-only")
		fs := b.Fspick(mount).Result("fs")
		b.FsconfigFlag(fs, "ro")
		b.FsconfigReconfigure(fs)
		b.Close(fs)
	}
	if e.Options.NewAttr()&unix.MOUNT_ATTR_RDONLY != 0 {
		e.Doing(b, "make the tmpfs read-only")
		setAttr(b, mount, false, unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY})
	}
	if mount != r.fd {
		b.Close(mount)
	}
}

// takeAfter gives the root directory of a mount the mode and the owner of a
// directory. An owner whom the container's user namespace does not map (EINVAL)
// cannot be passed on.
func (r *Root) takeAfter(e *Entry, mount, dir program.Arg) {
	b := r.b
	e.Doing(b, "give the tmpfs the mode and the owner of the directory that it covers")
	buf := r.statxBuffer()
	b.Statx(dir, "", unix.AT_EMPTY_PATH, unix.STATX_MODE|unix.STATX_UID|unix.STATX_GID, buf)
	uid := b.Load(buf.At(program.StatxUIDOff), program.StatxIDMask, "uid")
	gid := b.Load(buf.At(program.StatxGIDOff), program.StatxIDMask, "gid")
	mode := b.Load(buf.At(program.StatxModeOff), 0o7777, "mode")
	root := b.Openat(mount, ".", unix.O_RDONLY|unix.O_DIRECTORY).Result("root of tmpfs")
	b.FchownTo(root, uid, gid).Ignore(unix.EINVAL)
	b.Fchmod(root, mode)
	b.Close(root)
}
