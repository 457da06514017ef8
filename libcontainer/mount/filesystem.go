package mount

import (
	"slices"
	"strconv"

	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/spec"
)

// NewFS returns a descriptor of a new, detached mount of a new file system with
// the entry's options. Type and source may differ from the entry's.
func (r *Root) NewFS(e *Entry, fstype, source string) program.Arg {
	if mount, made := r.sources[e.Index]; made {
		return mount
	}
	mount := r.makeFS(e, fstype, source)
	r.labelRoot(mount, fstype)
	r.mapIDs(e, mount)
	e.Doing(r.b, "mount %s", fstype)
	r.apply(mount, propagationChanges(&e.Options), nil)
	return mount
}

// makeFS is NewFS without the steps that follow for every file system.
func (r *Root) makeFS(e *Entry, fstype, source string) program.Arg {
	if e.isLong() {
		return r.newMonolithic(e, fstype, source)
	}
	b := r.b
	n := r.newRefusal(e, fstype)
	mount := b.NewSlot(fstype + " mount")
	e.Doing(b, "find the file system type %s in the kernel", fstype)
	fs := n.on(b.Fsopen(fstype)).Result(fstype)
	if source != "" {
		e.Doing(b, "mount %s from %s", fstype, source)
		b.FsconfigString(fs, "source", source)
	}
	r.configure(e, fs, fstype)
	e.Doing(b, "mount %s", fstype)
	n.on(b.FsconfigCreate(fs))
	b.Fsmount(fs, e.Options.NewAttr()).ResultIn(mount)
	b.Close(fs)
	n.handle(mount)
	return mount.Arg()
}

// configure sets the options of the file system one by one, so that an error
// names the option at fault.
func (r *Root) configure(e *Entry, fs program.Arg, fstype string) {
	b := r.b
	for _, s := range e.Options.Super {
		e.doingOption(b, s.Index, "mount %s with %s", fstype, s.Name)
		b.FsconfigFlag(fs, s.Name)
	}
	if e.Options.IVersion && fstype == "ext4" {
		e.Doing(b, "mount %s with iversion", fstype)
		b.FsconfigFlag(fs, "i_version") // ignored since Linux 6.1, where it is always on
	}
	if !slices.ContainsFunc(e.Options.Data, isLabel) {
		r.labelOption(fs, fstype)
	}
	if e.mode != program.Null {
		e.Doing(b, "mount %s with the mode of the directory that it covers", fstype)
		b.FsconfigText(fs, "mode", e.mode)
	}
	for _, d := range e.Options.Data {
		if !d.HasValue {
			e.doingOption(b, d.Index, "mount %s with %s", fstype, d.Key)
			b.FsconfigFlag(fs, d.Key)
			continue
		}
		e.doingOption(b, d.Index, "mount %s with %s=%s", fstype, d.Key, d.Value)
		b.FsconfigString(fs, d.Key, d.Value)
	}
}

// NewBind returns a descriptor of a new, detached copy of the mount at a path
// of the host, changed by the entry's options.
func (r *Root) NewBind(e *Entry, source string) program.Arg {
	mount, opened := r.sources[e.Index]
	inside, within := spec.BelowRootfs(r.c.Path, source)
	switch {
	case within:
		mount = r.bindWithin(e, inside)
	case opened:
	case r.staged[e.Index]:
		e.Doing(r.b, "take the source %s from the stage", source)
		mount = r.fromStage(strconv.Itoa(e.Index))
	default:
		mount = r.cloneSource(e, source)
		r.mapIDs(e, mount)
	}
	r.change(e, mount)
	return mount
}

// remount changes the mount that is at the destination already. Unlike
// mount(2), it leaves alone what the options do not mention.
func (r *Root) remount(e *Entry) {
	b := r.b
	e.Doing(b, "remount: open the mount")
	target := r.openPath(inRoot(e.Destination), 0, inside).Result("mount")
	if !e.Options.Bind && len(e.Options.Super)+len(e.Options.Data) > 0 {
		e.Doing(b, "remount")
		fs := b.Fspick(target).Result("fs")
		r.configure(e, fs, "the file system")
		e.Doing(b, "remount")
		b.FsconfigReconfigure(fs)
		b.Close(fs)
	}
	e.Doing(b, "remount")
	r.apply(target, append(attrChanges(&e.Options, 0), propagationChanges(&e.Options)...), nil)
	b.Close(target)
}
