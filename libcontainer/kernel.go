package libcontainer

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// The oldest kernel on which containers can be started. It has openat2 (5.6),
// CLONE_INTO_CGROUP (5.7), close_range with CLOSE_RANGE_CLOEXEC (5.11),
// mount_setattr (5.12) and cgroup.kill (5.14).
const (
	minKernelMajor = 5
	minKernelMinor = 14
)

// refuseOldKernel fails at once if the kernel is too old, and not only at the
// first step that the kernel does not know.
func refuseOldKernel() error {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return fmt.Errorf("uname: %w", err)
	}
	return checkRelease(unix.ByteSliceToString(u.Release[:]))
}

// checkRelease refuses a kernel release, such as "5.10.0-34-amd64", below the
// oldest. A release that does not begin with two numbers is accepted.
func checkRelease(release string) error {
	first, rest, _ := strings.Cut(release, ".")
	major, err := strconv.Atoi(first)
	if err != nil {
		return nil
	}
	end := strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(rest)
	}
	minor, err := strconv.Atoi(rest[:end])
	if err != nil {
		return nil
	}
	if major > minKernelMajor || major == minKernelMajor && minor >= minKernelMinor {
		return nil
	}
	return fmt.Errorf("rt needs Linux %d.%d or later: this kernel is %s", minKernelMajor, minKernelMinor, release)
}
