package spec

import (
	"path"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// Limits of device numbers: the kernel's dev_t has 12 and 20 bits (MINORBITS).
const (
	maxMajor = 1<<12 - 1
	maxMinor = 1<<20 - 1
)

func (v *validator) devices() {
	first := map[string]int{}
	for i := range v.linux.Devices {
		d := &v.linux.Devices[i]
		at := func(field string) string { return index("linux.devices", i, field) }
		switch d.Type {
		case "c", "u", "b", "p":
		default:
			v.unknown(at("type"), d.Type, "c, u, b or p")
		}
		v.deviceNumbers(at, d)
		// fileMode may be anything: engines write the type of the file into it too,
		// as the kernel or as Go has it, and only permission bits count.
		v.devicePath(at("path"), first, i)
	}
}

func (v *validator) deviceNumbers(at func(string) string, d *specs.LinuxDevice) {
	if d.Type == "p" {
		return // a FIFO has no numbers
	}
	if d.Major < 0 || d.Major > maxMajor {
		v.faults.addf(at("major"), "0 to 4095", "is %d", d.Major)
	}
	if d.Minor < 0 || d.Minor > maxMinor {
		v.faults.addf(at("minor"), "0 to 1048575", "is %d", d.Minor)
	}
}

// devicePath checks the path of device i, and adds it to the paths of those before.
// Engines list a device twice when they are told to. Only one path for different
// devices is a fault.
func (v *validator) devicePath(at string, first map[string]int, i int) {
	d := &v.linux.Devices[i]
	if !v.absolute(at, d.Path) {
		return
	}
	clean := path.Clean(d.Path)
	if clean == "/" || clean == "/dev" {
		v.faults.addf(at, "the path of a file", "is %q", d.Path)
		return
	}
	j, again := first[clean]
	switch {
	case !again:
		first[clean] = i
	case !sameDevice(&v.linux.Devices[j], d):
		v.faults.addf(at, "one device for a path", "is %q again (first: linux.devices[%d])", d.Path, j)
	}
}

func sameDevice(a, b *specs.LinuxDevice) bool {
	return a.Type == b.Type && a.Major == b.Major && a.Minor == b.Minor
}
