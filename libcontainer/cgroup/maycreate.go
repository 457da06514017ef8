package cgroup

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// MayCreate returns an error if the calling process may not make the container's
// cgroup where it goes. Cgroups that systemd makes are not looked at.
func (c *Config) MayCreate() error {
	if c.Scope != nil || c.Inherited {
		return nil
	}
	for i := range c.Hierarchies {
		dir := existing(c.Hierarchies[i].Dir())
		err := unix.Faccessat(unix.AT_FDCWD, dir, unix.W_OK|unix.X_OK, unix.AT_EACCESS)
		if errors.Is(err, unix.EACCES) || errors.Is(err, unix.EPERM) || errors.Is(err, unix.EROFS) {
			return fmt.Errorf("no cgroup can be made in %s: %w", dir, err)
		}
	}
	return nil
}
