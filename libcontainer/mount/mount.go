package mount

import (
	"fmt"

	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// Entry is one element of mounts with its options parsed.
type Entry struct {
	Index       int
	Destination string
	Type        string
	Source      string // "" if there is none
	Options     spec.MountOptions

	IDMapped                 bool // by these mappings, or by the container's if there are none
	UIDMappings, GIDMappings []specs.LinuxIDMapping

	mode program.Arg // the text of the option mode, if only the program knows it
}

// NewEntry parses element i of mounts.
func NewEntry(i int, m *specs.Mount) (*Entry, error) {
	o, faults := spec.ParseMountOptions(m.Options)
	for j := range faults {
		faults[j].Path = fmt.Sprintf("mounts[%d].%s", i, faults[j].Path)
	}
	e := &Entry{
		Index: i, Destination: m.Destination, Type: m.Type, Source: m.Source, Options: o,
		IDMapped: spec.IDMapped(m, &o), UIDMappings: m.UIDMappings, GIDMappings: m.GIDMappings,
	}
	if err := faults.Err(); err != nil {
		return nil, err
	}
	return e, nil
}

// Doing attributes the following steps to the entry and says what they do.
func (e *Entry) Doing(b *program.Builder, format string, args ...any) {
	b.At(fmt.Sprintf("mounts[%d]", e.Index), e.Destination)
	b.Doing(format, args...)
}

// doingOption is Doing for one of the entry's options.
func (e *Entry) doingOption(b *program.Builder, option int, format string, args ...any) {
	b.At(fmt.Sprintf("mounts[%d].options[%d]", e.Index, option), e.Destination)
	b.Doing(format, args...)
}

// Mount appends the steps of element i of mounts, of any type but cgroup and
// cgroup2. A relative source of a bind mount is relative to the bundle.
func (r *Root) Mount(i int, m *specs.Mount, bundle string) error {
	e, err := NewEntry(i, m)
	if err != nil {
		return err
	}
	if e.IDMapped && r.c.Unprivileged {
		return fmt.Errorf("mounts[%d]: its ids cannot be mapped without the privileges of the host's root", i)
	}
	switch {
	case e.Options.Remount:
		r.remount(e)
	case e.Options.Bind:
		r.warnIgnored(e)
		e.Source = spec.BindSource(bundle, e.Source)
		r.bind(e)
	case e.Type == "tmpfs":
		r.tmpfs(e)
	default:
		r.fileSystem(e)
	}
	return nil
}

// warnIgnored notes the options that have no effect on a bind mount.
func (r *Root) warnIgnored(e *Entry) {
	for _, o := range e.Options.Ignored {
		r.warnings = append(r.warnings, fmt.Sprintf(
			"mounts[%d].options[%d] (%s): has no effect: %s is an option of a file system, and a bind mount makes none", e.Index, o.Index, e.Destination, o.Key))
	}
}

// Warnings are the settings of mounts that have no effect.
func (r *Root) Warnings() []string { return r.warnings }

// bind mounts a copy of the source. The copy gets its attributes and its
// propagation type while it is still detached, so that nobody ever sees it
// without them.
func (r *Root) bind(e *Entry) {
	mount := r.NewBind(e, e.Source)
	if inRoot(e.Destination) == "proc" {
		r.mustBeProc(e, mount)
	}
	e.Doing(r.b, "find or make the mount point of %s", e.Source)
	target := r.bindTarget(e.Destination, mount)
	e.Doing(r.b, "bind mount %s", e.Source)
	r.attachBind(e, mount, target)
}

// attachBind is attachAt, but reports a mismatch of directory and file as
// mount(2) does, because engines give their users a hint then. To move_mount(2)
// it is an invalid argument.
func (r *Root) attachBind(e *Entry, mount, target program.Arg) {
	b := r.b
	invalid, mismatch, done := b.NewLabel(), b.NewLabel(), b.NewLabel()
	r.attachAtOr(e.Destination, mount, target, invalid)
	b.Jump(done)
	b.Bind(invalid)
	ifDirectory := func(fd program.Arg, l program.Label) {
		buf := r.statxBuffer()
		b.Statx(fd, "", unix.AT_EMPTY_PATH, unix.STATX_TYPE, buf)
		b.JumpIfWord(buf.At(program.StatxModeOff), program.StatxTypeMask, unix.S_IFDIR, l)
	}
	directory, alike := b.NewLabel(), b.NewLabel()
	ifDirectory(mount, directory)
	ifDirectory(target, mismatch)
	b.Bind(alike)
	b.Fail(unix.EINVAL)
	b.Bind(directory)
	ifDirectory(target, alike)
	b.Bind(mismatch)
	b.FailSaying(unix.ENOTDIR, "bind mount %s: not a directory", e.Source)
	b.Bind(done)
}

// mustBeProc refuses to mount anything but a proc file system on /proc: see
// CVE-2019-16884.
func (r *Root) mustBeProc(e *Entry, mount program.Arg) {
	b := r.b
	e.Doing(b, "look whether the source is a proc file system")
	proc, stat := b.NewLabel(), b.Buffer(program.StatfsSize)
	b.Fstatfs(mount, stat)
	b.JumpIfProc(stat, proc)
	b.FailSaying(unix.EINVAL, "bind mount %s: it cannot be mounted because it is not of type proc, and nothing else may be on /proc", e.Source)
	b.Bind(proc)
}

// fileSystem mounts a new file system.
func (r *Root) fileSystem(e *Entry) {
	mount := r.NewFS(e, e.Type, e.Source)
	e.Doing(r.b, "find or make the mount point of %s", e.Type)
	var target program.Arg
	if e.Type == "proc" || e.Type == "sysfs" {
		target = r.plainTarget(e.Destination, e.Type)
	} else {
		target = r.Target(e.Destination, Directory)
	}
	e.Doing(r.b, "mount %s", e.Type)
	r.attachAt(e.Destination, mount, target)
}
