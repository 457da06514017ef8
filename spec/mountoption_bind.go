package spec

import "golang.org/x/sys/unix"

// unnamed are the attributes that a bind mount loses if its options name others.
const unnamed = unix.MOUNT_ATTR_RDONLY | unix.MOUNT_ATTR_NOSUID | unix.MOUNT_ATTR_NODEV |
	unix.MOUNT_ATTR_NOEXEC | unix.MOUNT_ATTR_NOSYMFOLLOW

// bindFlags is what the options say about a bind mount in the terms of mount(2),
// which engines and other runtimes use. They remount a bind mount with exactly
// the flags that its options name, if they name any.
type bindFlags struct {
	named bool   // there is an option for a flag or for its absence
	atime uint64 // the flags of access times that are set, MS_
}

// option records an option. Options with r are not flags: they are for the
// mounts below too, and change only what they name.
func (f *bindFlags) option(o *mountOption) {
	switch o.effect {
	case optionSet, optionClear, optionAtime, optionNotAtime, optionSuper, optionIVersion, optionLogging:
		f.named = f.named || !o.rec
	}
	if o.rec {
		return
	}
	switch bit := atimeFlag(o); o.effect {
	case optionSet, optionAtime:
		f.atime |= bit
	case optionClear, optionNotAtime:
		f.atime &^= bit
	}
}

// atimeFlag returns the flag of mount(2) that an option of access times sets or
// clears, and 0 for other options.
func atimeFlag(o *mountOption) uint64 {
	switch {
	case o.effect == optionAtime || o.effect == optionNotAtime:
		switch o.bits {
		case unix.MOUNT_ATTR_NOATIME:
			return unix.MS_NOATIME
		case unix.MOUNT_ATTR_STRICTATIME:
			return unix.MS_STRICTATIME
		}
		return unix.MS_RELATIME
	case o.bits == unix.MOUNT_ATTR_NODIRATIME:
		return unix.MS_NODIRATIME
	}
	return 0
}

// apply changes the attributes to those of a bind mount with these flags.
//
// For mount(2) the access times are one setting, with relatime as its default
// and nodiratime beside it. It is replaced if a flag is set. It stays if flags
// are only cleared, as by atime and diratime (do_mount in fs/namespace.c, "The
// default atime for remount is preservation"). Of several modes, strictatime
// goes before noatime, and noatime before relatime.
func (f *bindFlags) apply(m *MountOptions) {
	const times = unix.MOUNT_ATTR__ATIME | unix.MOUNT_ATTR_NODIRATIME
	m.Set &^= times
	m.Clear &^= times
	if f.atime != 0 {
		m.Clear |= times
	}
	switch {
	case f.atime&unix.MS_STRICTATIME != 0:
		m.Set |= unix.MOUNT_ATTR_STRICTATIME
	case f.atime&unix.MS_NOATIME != 0:
		m.Set |= unix.MOUNT_ATTR_NOATIME
	}
	if f.atime&unix.MS_NODIRATIME != 0 {
		m.Set |= unix.MOUNT_ATTR_NODIRATIME
		m.Clear &^= unix.MOUNT_ATTR_NODIRATIME
	}
	if f.named {
		m.Unnamed = unnamed &^ (m.Set | m.Clear)
	}
}
