package spec

import "golang.org/x/sys/unix"

// DeviceType returns the file type (S_IFMT) of a type of linux.devices: c and u
// (character), b (block) and p (FIFO).
func DeviceType(t string) (mode uint32, ok bool) {
	switch t {
	case "c", "u":
		return unix.S_IFCHR, true
	case "b":
		return unix.S_IFBLK, true
	case "p":
		return unix.S_IFIFO, true
	}
	return 0, false
}

// DeviceMode returns the permission bits of linux.devices[].fileMode. Engines
// also write the type of the file there, which the property type tells.
func DeviceMode(fileMode uint32) uint32 { return fileMode &^ unix.S_IFMT }
