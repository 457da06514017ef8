package mount

import (
	"slices"
	"strings"

	"github.com/oci-rt/rt/libcontainer/program"
)

// keep keeps the descriptor of what is mounted on /proc or /sys, if paths below it are to
// be masked or made read-only.
//
// By its path from the root, somebody who shares the rootfs could hide it meanwhile: a
// directory that is a mount point here can be renamed there, and the mount goes along
// (rename(2) on another mount, Linux 3.18). The paths would be missing, which is no
// error, and back with the mount when the container runs.
func (r *Root) keep(path string, mount program.Arg) {
	switch path {
	case ".": // covers all
		r.closeKept()
		return
	case "proc", "sys":
	default:
		return
	}
	if before, ok := r.kept[path]; ok { // is covered now
		delete(r.kept, path)
		r.b.Close(before)
	}
	below := func(hidden string) bool { return strings.HasPrefix(inRoot(hidden), path+"/") }
	if slices.ContainsFunc(r.c.Hidden, below) {
		r.kept[path] = mount
	}
}

// keeps reports whether a mount's descriptor is kept.
func (r *Root) keeps(mount program.Arg) bool {
	for _, kept := range r.kept {
		if kept == mount {
			return true
		}
	}
	return false
}

// openHidden opens a path that is to be masked or made read-only.
func (r *Root) openHidden(path string, flags int) *program.Call {
	top, below, _ := strings.Cut(path, "/")
	if mount, ok := r.kept[top]; ok && below != "" {
		return r.openBelow(mount, below, flags, inside)
	}
	return r.openPath(path, flags, inside)
}

// closeKept closes what is kept.
func (r *Root) closeKept() {
	for _, path := range []string{"proc", "sys"} {
		if mount, ok := r.kept[path]; ok {
			r.b.Close(mount)
		}
	}
	clear(r.kept)
}
