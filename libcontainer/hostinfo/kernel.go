package hostinfo

import (
	"fmt"
	"strings"
)

// atLeast reports whether a kernel release, such as "6.1.0-38-amd64", is of a version or
// newer. One that cannot be read is not.
func atLeast(release string, major, minor int) bool {
	var have [2]int
	if n, _ := fmt.Sscanf(strings.TrimSpace(release), "%d.%d", &have[0], &have[1]); n < 2 {
		return false
	}
	return have[0] > major || have[0] == major && have[1] >= minor
}

// mappable are types of file systems whose mounts can have ids of their own, and the
// kernel versions since when (mount_setattr(2), "ID-mapped mounts").
var mappable = [...]struct {
	name         string
	major, minor int
}{
	{"ext4", 5, 12}, {"xfs", 5, 12}, {"vfat", 5, 12}, {"btrfs", 5, 15}, {"ntfs3", 5, 15}, {"f2fs", 5, 18}, {"erofs", 5, 19},
	{"squashfs", 6, 2}, {"tmpfs", 6, 3}, {"ceph", 6, 7},
}

// IDMapping returns what the kernel's version says of the file systems that it has.
func (h *Host) IDMapping() []IDMapped {
	list := []IDMapped{}
	for _, m := range mappable {
		if h.HasFilesystem(m.name) {
			list = append(list, IDMapped{Filesystem: m.name, Possible: atLeast(h.Kernel.Release, m.major, m.minor)})
		}
	}
	return list
}
