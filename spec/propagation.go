package spec

import "golang.org/x/sys/unix"

// propagation returns the MS_ flag of a propagation type: shared, slave,
// private, unbindable. With an r in front (rshared ...) it applies to all
// mounts below too. These names are mount options, and values of
// linux.rootfsPropagation, where the specification lists only the names without
// r but engines write both.
func propagation(name string) (flag uint64, recursive, ok bool) {
	switch name {
	case "shared":
		return unix.MS_SHARED, false, true
	case "rshared":
		return unix.MS_SHARED, true, true
	case "slave":
		return unix.MS_SLAVE, false, true
	case "rslave":
		return unix.MS_SLAVE, true, true
	case "private":
		return unix.MS_PRIVATE, false, true
	case "rprivate":
		return unix.MS_PRIVATE, true, true
	case "unbindable":
		return unix.MS_UNBINDABLE, false, true
	case "runbindable":
		return unix.MS_UNBINDABLE, true, true
	}
	return 0, false, false
}
