package intelrdt

import (
	"errors"
	"fmt"
	"os"

	"github.com/oci-rt/rt/internal/mountinfo"
)

// errNone: no resctrl file system is mounted.
var errNone = errors.New("linux.intelRdt: this machine has no resctrl file system mounted (it needs a processor that supports this, a kernel with " +
	"CONFIG_X86_CPU_RESCTRL or the like, and: mount -t resctrl resctrl /sys/fs/resctrl)")

// Mounted returns where resctrl is mounted, or errNone.
func Mounted() (string, error) {
	content, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return "", fmt.Errorf("linux.intelRdt: %w", err)
	}
	if point := mountPoint(string(content)); point != "" {
		return point, nil
	}
	return "", errNone
}

// mountPoint returns the first mount of resctrl in a mountinfo file that shows
// its root, or "".
func mountPoint(content string) string {
	for _, m := range mountinfo.Parse(content) {
		if m.Type == "resctrl" && m.Root == "/" {
			return m.Point
		}
	}
	return ""
}
