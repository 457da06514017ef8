package check

import (
	"path"
	"strings"

	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// mount is an element of mounts with the meaning of its options.
type mount struct {
	*specs.Mount
	spec.MountOptions
	dest     string // clean and absolute
	readonly bool   // the mount alone or with those below
}

// MaxMounts is how many mounts are looked at: as many as a mount namespace can have
// (the default of /proc/sys/fs/mount-max). A hostile configuration may have millions.
const MaxMounts = 100_000

func readMounts(list []specs.Mount) []mount {
	list = list[:min(len(list), MaxMounts)]
	mounts := make([]mount, len(list))
	for i := range list {
		m := &mounts[i]
		m.Mount = &list[i]
		m.MountOptions, _ = spec.ParseMountOptions(list[i].Options)
		m.dest = path.Clean("/" + list[i].Destination)
		m.readonly = (m.Set|m.RecSet)&unix.MOUNT_ATTR_RDONLY != 0
	}
	return mounts
}

// at returns the mount at a path, and its index: the last one, which hides those
// before. There may be none.
func (c *checker) at(dest string) (i int, m *mount) {
	for i := len(c.mounts) - 1; i >= 0; i-- {
		if m := &c.mounts[i]; m.dest == dest && !m.Remount {
			return i, m
		}
	}
	return -1, nil
}

// within reports whether a clean path is dir or below it.
func within(p, dir string) bool {
	return p == dir || dir == "/" || strings.HasPrefix(p, dir+"/")
}
