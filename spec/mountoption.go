package spec

import (
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// MountOptions is the meaning of the options of one mount: the end effect of
// the list, in its order, in the terms of the mount calls that came with Linux
// 5.2 and 5.12.
type MountOptions struct {
	Bind      bool // bind or rbind: the type has no meaning
	Recursive bool // rbind: with the mounts below the source

	// Remount is set for a change of the mount that is already at the destination:
	// only of its attributes if Bind is set, and otherwise of its superblock too.
	// Unlike mount_setattr(2), a remount by mount(2) also clears the attributes
	// that are not listed.
	Remount bool

	// Set and Clear are attributes (MOUNT_ATTR_) to set and to clear on the mount
	// alone. RecSet and RecClear are for the mount and all mounts below it, after
	// that.
	//
	// Wherever an access time mode is set, all of MOUNT_ATTR__ATIME is in the
	// matching Clear, without which mount_setattr(2) refuses to change it.
	Set, Clear       uint64
	RecSet, RecClear uint64

	// Unnamed are the attributes of a bind mount that are cleared along with Clear
	// although no option names them: if options name any attributes, the others
	// are off, as in other runtimes. Attributes that the kernel has locked stay
	// (mount_namespaces(7)). Unnamed is 0 if the options name no attribute.
	Unnamed uint64

	// IDMap asks for a mapping of the ids of the mount (idmap, ridmap),
	// recursively if IDMapRecursive is set. A mount with mappings of its own gets
	// them even without it: see [IDMapped].
	IDMap, IDMapRecursive bool

	// IVersion asks for the change counters of files (iversion). The new mount API
	// has no parameter for them. File systems that can count always do, except
	// ext4 before Linux 6.1, which has an option of its own.
	IVersion bool

	// CopyUp asks to copy the content of the covered directory to the new tmpfs
	// (tmpcopyup).
	CopyUp bool

	Propagation []PropagationOption // in their order
	Super       []SuperFlag         // at most one for each flag; none if Bind is set
	Data        []DataOption        // in their order; none if Bind is set

	// Ignored are the options of a bind mount that have a value. They are for a
	// file system, and a bind mount makes none. They are ignored as by mount(8).
	Ignored []DataOption
}

// PropagationOption is a change of the propagation type of a mount.
type PropagationOption struct {
	Flag      uint64 // MS_SHARED, MS_SLAVE, MS_PRIVATE or MS_UNBINDABLE
	Recursive bool
	Index     int // of the option in the list
}

// SuperFlag is a flag of the superblock that the kernel knows for every type of
// file system.
type SuperFlag struct {
	Name  string // as fsconfig(2) FSCONFIG_SET_FLAG takes it: ro, rw, sync ...
	Index int    // of the option in the list
	flag  uint64
}

// MS returns the option's flag of mount(2), and whether the option sets it.
func (f *SuperFlag) MS() (flag uint64, set bool) {
	switch f.Name {
	case "rw", "async", "nomand", "nolazytime":
		return f.flag, false
	}
	return f.flag, true
}

// DataOption is an option that is left to the file system.
type DataOption struct {
	Key      string
	Value    string
	HasValue bool // key=value, with a value that may be empty
	Index    int  // of the option in the list
}

// NewAttr returns the attributes (MOUNT_ATTR_) of a mount that has none yet,
// as fsmount(2) takes them.
func (m *MountOptions) NewAttr() uint64 { return m.Set&^m.RecClear | m.RecSet }

// ParseMountOptions returns the meaning of mounts[].options. The paths of the
// faults begin with "options".
//
// An option that is not standard belongs to the file system, so there are no
// unknown options. A bind mount makes no file system and takes no such options:
// mount(2) would ignore them, and on a later remount they would change the file
// system of the host.
func ParseMountOptions(options []string) (MountOptions, Faults) {
	var p optionParser
	for i, option := range options {
		for option != "" {
			var one string
			one, option = cutOption(option)
			p.option(i, one)
		}
	}
	return p.result()
}

// optionParser collects the effect of options one after another.
type optionParser struct {
	m      MountOptions
	bind   bindFlags
	faults Faults
}

func (p *optionParser) option(i int, text string) {
	if text == "" {
		return // as the kernel does between two commas
	}
	o := findMountOption(text)
	if o == nil {
		p.data(i, text)
		return
	}
	p.bind.option(o)
	if o.super != 0 {
		p.super(i, o)
	}
	switch o.effect {
	case optionSet:
		p.attr(o.rec, o.bits, o.bits)
	case optionClear:
		p.attr(o.rec, 0, o.bits)
	case optionAtime:
		p.attr(o.rec, o.bits, unix.MOUNT_ATTR__ATIME)
	case optionNotAtime:
		p.notAtime(o)
	case optionBind:
		p.m.Bind = true
		p.m.Recursive = p.m.Recursive || o.rec
	case optionRemount:
		p.m.Remount = true
	case optionPropagation:
		p.m.Propagation = append(p.m.Propagation, PropagationOption{Flag: o.bits, Recursive: o.rec, Index: i})
	case optionIDMap:
		p.m.IDMap = true
		p.m.IDMapRecursive = p.m.IDMapRecursive || o.rec
	case optionIVersion:
		p.m.IVersion = o.bits != 0
	case optionCopyUp:
		p.m.CopyUp = true
	}
}

// attr gives the attributes in mask the value of bits.
func (p *optionParser) attr(rec bool, bits, mask uint64) {
	m := &p.m
	if rec {
		m.RecSet, m.RecClear = change(m.RecSet, m.RecClear, bits, mask)
	} else {
		m.Set, m.Clear = change(m.Set, m.Clear, bits, mask)
	}
}

func change(set, clear, bits, mask uint64) (newSet, newClear uint64) {
	set = set&^mask | bits
	if mask == unix.MOUNT_ATTR__ATIME {
		return set, clear | mask
	}
	return set, clear&^mask | mask&^bits
}

// notAtime turns a mode of access times off. The kernel then uses its default,
// relatime. If earlier options chose another mode, that stays. norelatime without
// relatime changes nothing, because there is nothing to turn off. (rnorelatime
// still sets relatime, as in runc.)
func (p *optionParser) notAtime(o *mountOption) {
	set, clear := p.m.Set, p.m.Clear
	if o.rec {
		set, clear = p.m.RecSet, p.m.RecClear
	}
	chosen := clear&unix.MOUNT_ATTR__ATIME != 0
	if chosen && set&unix.MOUNT_ATTR__ATIME != o.bits {
		return
	}
	if !chosen && !o.rec && o.bits == unix.MOUNT_ATTR_RELATIME {
		return
	}
	p.attr(o.rec, unix.MOUNT_ATTR_RELATIME, unix.MOUNT_ATTR__ATIME)
}

// super sets or clears a flag of the superblock, in place of what earlier options
// said about it.
func (p *optionParser) super(i int, o *mountOption) {
	p.m.Super = slices.DeleteFunc(p.m.Super, func(f SuperFlag) bool { return f.flag == o.super })
	p.m.Super = append(p.m.Super, SuperFlag{Name: o.name, Index: i, flag: o.super})
}

func (p *optionParser) data(i int, text string) {
	key, value, hasValue := strings.Cut(text, "=")
	if key == "" {
		p.faults.addf(index("options", i, ""), "name=value", "is %q, which has no name", text)
		return
	}
	p.m.Data = append(p.m.Data, DataOption{Key: key, Value: unquote(key, value), HasValue: hasValue, Index: i})
}

func (p *optionParser) result() (MountOptions, Faults) {
	if !p.m.Bind {
		return p.m, p.faults
	}
	for _, d := range p.m.Data {
		if d.HasValue {
			p.m.Ignored = append(p.m.Ignored, d)
			continue
		}
		// It may be a misspelled flag that matters.
		p.faults.addf(index("options", d.Index, ""), "a standard option",
			"is %q, an option of a file system, but a bind mount makes none", d.Key)
	}
	// mount(2) with MS_BIND does not touch the superblock, which is the host's.
	p.m.Super, p.m.Data = nil, nil
	if !p.m.Remount {
		p.bind.apply(&p.m)
	}
	return p.m, p.faults
}

// cutOption returns the first option of a comma-separated list, and the rest. As
// the kernel does for mount(2), it does not cut at commas in double quotes (the
// labels of an SELinux context) and after a backslash (paths of overlayfs, which
// removes the backslashes itself).
func cutOption(list string) (first, rest string) {
	quoted := false
	for i := 0; i < len(list); i++ {
		switch list[i] {
		case '\\':
			i++
		case '"':
			quoted = !quoted
		case ',':
			if !quoted {
				return list[:i], list[i+1:]
			}
		}
	}
	return list, ""
}

// unquote removes the quotes from the value of an SELinux option, as the kernel
// does for mount(2) (selinux_sb_eat_lsm_opts) but not for fsconfig(2).
func unquote(key, value string) string {
	if SetsLabel(key) {
		return strings.ReplaceAll(value, `"`, "")
	}
	return value
}

// SetsLabel reports whether an option of a file system sets an SELinux label.
func SetsLabel(key string) bool {
	switch key {
	case "context", "fscontext", "defcontext", "rootcontext":
		return true
	}
	return false
}
