package intelrdt

import (
	"errors"
	"fmt"
	"os"
	"strings"
)

// ErrNone: no resctrl file system is mounted.
var ErrNone = errors.New("linux.intelRdt: this machine has no resctrl file system mounted (it needs a processor that can, a kernel with " +
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

// mountPoint returns the first mount of resctrl in a mountinfo file
// (proc_pid_mountinfo(5)) that shows its root, or "".
func mountPoint(mountinfo string) string {
	for line := range strings.Lines(mountinfo) {
		mount, super, ok := strings.Cut(line, " - ")
		fields := strings.Fields(mount)
		if ok && len(fields) >= 5 && fields[3] == "/" && strings.HasPrefix(super, "resctrl ") {
			return unescape(fields[4])
		}
	}
	return ""
}

// unescape undoes the octal escapes of mountinfo.
func unescape(s string) string {
	return strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`).Replace(s)
}
