package linux

import (
	"os"

	"golang.org/x/sys/unix"
)

// SameNamespace reports whether a path leads to the namespace that a file of
// /proc/self/ns is. A kernel may be built without a type of namespaces. Then no
// process has such a file, and all are in the same namespace.
func SameNamespace(path, own string) (bool, error) {
	var theirs, ours unix.Stat_t
	if err := unix.Stat(own, &ours); err == unix.ENOENT {
		return true, nil
	} else if err != nil {
		return false, &os.PathError{Op: "stat", Path: own, Err: err}
	}
	if err := unix.Stat(path, &theirs); err != nil {
		return false, &os.PathError{Op: "stat", Path: path, Err: err}
	}
	return theirs.Ino == ours.Ino && theirs.Dev == ours.Dev, nil
}
