package mount

import (
	"slices"

	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/spec"
	"golang.org/x/sys/unix"
)

// tmpfs mounts a tmpfs. A read-only one becomes read-only when everything is in
// place, because other mounts and devices may have to be made in it.
//
// Without the option mode it gets the mode of the directory that it covers, and
// its options in mountinfo show that, as under runc. So the mount point is
// found first.
func (r *Root) tmpfs(e *Entry) {
	b := r.b
	w := e.writable()
	if _, made := r.sources[e.Index]; !made && !e.isLong() && e.takesMode() {
		w.mode = r.newModeText()
	}
	e.Doing(b, "find or make the mount point of tmpfs")
	t := r.newTarget(e.Destination, inside, MakeDirectory)
	after := e.takesMode() || e.Options.CopyUp
	var covers program.Arg // a word: 1 if there was a directory
	if after {
		covers = b.Buffer(8)
		t.existing = func(covered program.Arg) { r.meetCovered(w, covered, covers) }
	}
	target := t.open(unix.O_DIRECTORY, t.makeDirectory)
	mount := r.NewFS(w, e.Type, e.Source)
	if after {
		uncovered := b.NewLabel()
		b.JumpIfWord(covers, program.WholeWord, 0, uncovered)
		r.takeAfter(w, mount, target)
		r.copyUp(e, t.path, target, mount, uncovered)
		b.Bind(uncovered)
	}
	e.Doing(b, "mount tmpfs")
	if !e.readonly() {
		r.attachAt(e.Destination, mount, target)
		return
	}
	r.attachKeeping(e.Destination, mount, target)
	r.last = append(r.last, func() { r.makeReadonly(e, mount) })
}

// meetCovered notes that there is a directory, and its mode.
func (r *Root) meetCovered(e *Entry, covered, covers program.Arg) {
	r.b.Store(covers, program.Imm(1))
	if e.mode != program.Null {
		r.statCovered(covered)
		r.spellMode()
	}
}

// copyUp copies what is in the covered directory, if the entry asks for that, and
// goes on at done.
func (r *Root) copyUp(e *Entry, path string, covered, mount program.Arg, done program.Label) {
	if e.Options.CopyUp {
		e.Doing(r.b, "copy what is in the directory that the tmpfs covers")
		r.ask(Request{Kind: CopyUp, Path: path}, covered, mount, done)
	}
}

// readonly tells whether the mount or the file system is to be read-only.
func (e *Entry) readonly() bool {
	return e.Options.NewAttr()&unix.MOUNT_ATTR_RDONLY != 0 || slices.ContainsFunc(e.Options.Super, isReadonly)
}

// takesOwner tells whether a tmpfs gets the owner of the directory that it
// covers: a directory of a service stays that service's. If an option sets the
// owner or the mode, it does not.
func (e *Entry) takesOwner() bool { return !e.has("mode") && !e.has("uid") && !e.has("gid") }

// takesMode tells whether a tmpfs gets the mode of the directory that it covers: an
// empty /tmp of the image stays a directory that everybody may write to.
func (e *Entry) takesMode() bool { return !e.has("mode") }

// has tells whether there is an option of the file system.
func (e *Entry) has(option string) bool {
	return slices.ContainsFunc(e.Options.Data, func(d spec.DataOption) bool { return d.Key == option })
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
	r.closeAttached(mount)
}

// takeAfter gives the root directory of a mount the owner of a directory, and
// its mode if no option has set it. An owner that the container's user
// namespace does not map (EINVAL) cannot be passed on.
func (r *Root) takeAfter(e *Entry, mount, dir program.Arg) {
	hasMode := e.mode != program.Null || !e.takesMode()
	if hasMode && !e.takesOwner() {
		return
	}
	b := r.b
	e.Doing(b, "give the tmpfs the mode and the owner of the directory that it covers")
	buf := r.statxBuffer()
	if e.mode == program.Null {
		r.statCovered(dir)
	}
	uid := b.Load(buf.At(program.StatxUIDOff), program.WholeWord, "uid")
	gid := b.Load(buf.At(program.StatxGIDOff), program.WholeWord, "gid")
	mode := b.Load(buf.At(program.StatxModeOff), 0o7777, "mode")
	root := b.Openat(mount, ".", unix.O_RDONLY|unix.O_DIRECTORY).Result("root of tmpfs")
	if e.takesOwner() {
		b.FchownTo(root, uid, gid).Ignore(unix.EINVAL)
	}
	b.Fchmod(root, mode) // a change of owner may have cleared bits, too
	b.Close(root)
}

// statCovered asks for the mode and the owner of a directory.
func (r *Root) statCovered(dir program.Arg) {
	r.b.Statx(dir, "", unix.AT_EMPTY_PATH, unix.STATX_MODE|unix.STATX_UID|unix.STATX_GID, r.statxBuffer())
}
