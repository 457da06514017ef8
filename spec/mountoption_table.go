package spec

import (
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// optionEffect says what a standard mount option does.
type optionEffect uint8

const (
	// optionNothing is accepted and changes nothing. The option defaults stands
	// for the opposites of other options, and has no kernel flag.
	optionNothing optionEffect = iota
	// optionLogging changes nothing either. silent and loud are about messages in
	// the kernel's log (MS_SILENT). The new mount API has no name for them, and
	// its messages come from the descriptor of the mount.
	optionLogging
	optionSet      // set the attributes bits of the mount
	optionClear    // clear them
	optionAtime    // choose one of the access time modes: bits
	optionNotAtime // give up this mode for the kernel's default
	optionSuper    // set or clear a flag of the superblock only
	optionBind
	optionRemount
	optionPropagation
	optionIDMap
	optionIVersion // bits: 1 for on
	optionCopyUp
)

// mountOption is a standard mount option: it does not depend on the type of the
// file system.
type mountOption struct {
	name   string
	effect optionEffect
	bits   uint64 // MOUNT_ATTR_ flags, or the MS_ flag of a propagation type
	rec    bool   // for all mounts below too
	super  uint64 // the superblock's MS_ flag that this option sets or clears
}

// mountOptions is sorted by name. It has every option of the specification's
// table (config.md, "Linux mount options").
//
// The superblock flags that have a name in the new mount API are those of
// common_set_sb_flag and common_clear_sb_flag in fs/fs_context.c: dirsync,
// lazytime, mand, ro and sync; async, nolazytime, nomand and rw.
var mountOptions = [...]mountOption{
	{name: "async", effect: optionSuper, super: unix.MS_SYNCHRONOUS},
	{name: "atime", effect: optionNotAtime, bits: unix.MOUNT_ATTR_NOATIME},
	{name: "bind", effect: optionBind},
	{name: "defaults", effect: optionNothing},
	{name: "dev", effect: optionClear, bits: unix.MOUNT_ATTR_NODEV},
	{name: "diratime", effect: optionClear, bits: unix.MOUNT_ATTR_NODIRATIME},
	{name: "dirsync", effect: optionSuper, super: unix.MS_DIRSYNC},
	{name: "exec", effect: optionClear, bits: unix.MOUNT_ATTR_NOEXEC},
	{name: "idmap", effect: optionIDMap},
	{name: "iversion", effect: optionIVersion, bits: 1},
	{name: "lazytime", effect: optionSuper, super: unix.MS_LAZYTIME},
	{name: "loud", effect: optionLogging},
	{name: "mand", effect: optionSuper, super: unix.MS_MANDLOCK},
	{name: "noatime", effect: optionAtime, bits: unix.MOUNT_ATTR_NOATIME},
	{name: "nodev", effect: optionSet, bits: unix.MOUNT_ATTR_NODEV},
	{name: "nodiratime", effect: optionSet, bits: unix.MOUNT_ATTR_NODIRATIME},
	{name: "noexec", effect: optionSet, bits: unix.MOUNT_ATTR_NOEXEC},
	{name: "noiversion", effect: optionIVersion},
	{name: "nolazytime", effect: optionSuper, super: unix.MS_LAZYTIME},
	{name: "nomand", effect: optionSuper, super: unix.MS_MANDLOCK},
	{name: "norelatime", effect: optionNotAtime, bits: unix.MOUNT_ATTR_RELATIME},
	{name: "nostrictatime", effect: optionNotAtime, bits: unix.MOUNT_ATTR_STRICTATIME},
	{name: "nosuid", effect: optionSet, bits: unix.MOUNT_ATTR_NOSUID},
	{name: "nosymfollow", effect: optionSet, bits: unix.MOUNT_ATTR_NOSYMFOLLOW},
	{name: "private", effect: optionPropagation, bits: unix.MS_PRIVATE},
	{name: "ratime", effect: optionNotAtime, bits: unix.MOUNT_ATTR_NOATIME, rec: true},
	{name: "rbind", effect: optionBind, rec: true},
	{name: "rdev", effect: optionClear, bits: unix.MOUNT_ATTR_NODEV, rec: true},
	{name: "rdiratime", effect: optionClear, bits: unix.MOUNT_ATTR_NODIRATIME, rec: true},
	{name: "relatime", effect: optionAtime, bits: unix.MOUNT_ATTR_RELATIME},
	{name: "remount", effect: optionRemount},
	{name: "rexec", effect: optionClear, bits: unix.MOUNT_ATTR_NOEXEC, rec: true},
	{name: "ridmap", effect: optionIDMap, rec: true},
	{name: "rnoatime", effect: optionAtime, bits: unix.MOUNT_ATTR_NOATIME, rec: true},
	{name: "rnodev", effect: optionSet, bits: unix.MOUNT_ATTR_NODEV, rec: true},
	{name: "rnodiratime", effect: optionSet, bits: unix.MOUNT_ATTR_NODIRATIME, rec: true},
	{name: "rnoexec", effect: optionSet, bits: unix.MOUNT_ATTR_NOEXEC, rec: true},
	{name: "rnorelatime", effect: optionNotAtime, bits: unix.MOUNT_ATTR_RELATIME, rec: true},
	{name: "rnostrictatime", effect: optionNotAtime, bits: unix.MOUNT_ATTR_STRICTATIME, rec: true},
	{name: "rnosuid", effect: optionSet, bits: unix.MOUNT_ATTR_NOSUID, rec: true},
	{name: "rnosymfollow", effect: optionSet, bits: unix.MOUNT_ATTR_NOSYMFOLLOW, rec: true},
	{name: "ro", effect: optionSet, bits: unix.MOUNT_ATTR_RDONLY, super: unix.MS_RDONLY},
	{name: "rprivate", effect: optionPropagation, bits: unix.MS_PRIVATE, rec: true},
	{name: "rrelatime", effect: optionAtime, bits: unix.MOUNT_ATTR_RELATIME, rec: true},
	{name: "rro", effect: optionSet, bits: unix.MOUNT_ATTR_RDONLY, rec: true},
	{name: "rrw", effect: optionClear, bits: unix.MOUNT_ATTR_RDONLY, rec: true},
	{name: "rshared", effect: optionPropagation, bits: unix.MS_SHARED, rec: true},
	{name: "rslave", effect: optionPropagation, bits: unix.MS_SLAVE, rec: true},
	{name: "rstrictatime", effect: optionAtime, bits: unix.MOUNT_ATTR_STRICTATIME, rec: true},
	{name: "rsuid", effect: optionClear, bits: unix.MOUNT_ATTR_NOSUID, rec: true},
	{name: "rsymfollow", effect: optionClear, bits: unix.MOUNT_ATTR_NOSYMFOLLOW, rec: true},
	{name: "runbindable", effect: optionPropagation, bits: unix.MS_UNBINDABLE, rec: true},
	{name: "rw", effect: optionClear, bits: unix.MOUNT_ATTR_RDONLY, super: unix.MS_RDONLY},
	{name: "shared", effect: optionPropagation, bits: unix.MS_SHARED},
	{name: "silent", effect: optionLogging},
	{name: "slave", effect: optionPropagation, bits: unix.MS_SLAVE},
	{name: "strictatime", effect: optionAtime, bits: unix.MOUNT_ATTR_STRICTATIME},
	{name: "suid", effect: optionClear, bits: unix.MOUNT_ATTR_NOSUID},
	{name: "symfollow", effect: optionClear, bits: unix.MOUNT_ATTR_NOSYMFOLLOW},
	{name: "sync", effect: optionSuper, super: unix.MS_SYNCHRONOUS},
	{name: "tmpcopyup", effect: optionCopyUp},
	{name: "unbindable", effect: optionPropagation, bits: unix.MS_UNBINDABLE},
}

func findMountOption(name string) *mountOption {
	i, found := slices.BinarySearchFunc(mountOptions[:], name, func(o mountOption, name string) int {
		return strings.Compare(o.name, name)
	})
	if !found {
		return nil
	}
	return &mountOptions[i]
}
