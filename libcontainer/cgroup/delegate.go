package cgroup

import (
	"fmt"
	"strings"

	"golang.org/x/sys/unix"
)

// Delegate makes a user the owner of the container's cgroup on v2, so that a
// process of that user may make cgroups in it and move its processes there, but
// not change its limits (cgroups(7), "Cgroup delegation"). The kernel lists the
// files whose owner must change.
//
// On v1 it does nothing: delegation is not safe there. A runtime that may not
// change owners leaves the cgroup to its own user.
func (c *Config) Delegate(uid uint32) error {
	h := c.unified()
	if c.Version == 1 || h == nil || c.Inherited {
		return nil
	}
	files := readFields("/sys/kernel/cgroup/delegate") // Linux 4.15
	if files == nil {
		files = []string{"cgroup.procs", "cgroup.subtree_control", "cgroup.threads"}
	}
	for _, file := range append([]string{""}, files...) {
		if strings.Contains(file, "/") {
			continue
		}
		switch err := unix.Lchown(h.Dir()+"/"+file, int(uid), -1); {
		case err == nil || err == unix.ENOENT: // of a controller that is not there
		case err == unix.EPERM && !isHostRoot():
			return nil
		default:
			return fmt.Errorf("linux.cgroupsPath: change the owner of %s/%s: %w", h.Dir(), file, err)
		}
	}
	return nil
}
