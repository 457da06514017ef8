package intelrdt

import (
	"errors"
	"fmt"
	"os"

	"github.com/oci-rt/rt/internal/mountinfo"
)

// ErrNone: no resctrl file system is mounted.
var ErrNone = errors.New("linux.intelRdt: this machine has no resctrl file system mounted (it needs a processor that supports this, a kernel with " +
	"CONFIG_X86_CPU_RESCTRL or the like, and: mount -t resctrl resctrl /sys/fs/resctrl)")

// Mounted returns where resctrl is mounted, or [ErrNone].
func Mounted() (string, error) {
	content, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return "", fmt.Errorf("linux.intelRdt: %w", err)
	}
	if point := mountPoint(string(content)); point != "" {
		return point, nil
	}
	return "", ErrNone
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
