package cgroup

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	specs "github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// Missing returns for each limit that this host cannot set an error which names the
// setting. It changes nothing, and the cgroups need not exist: where their files
// matter it looks at the nearest parent that exists. So the kernel may still refuse a
// value.
func (c *Config) Missing(res *specs.LinuxResources) []error {
	if _, err := policyOf(res); err != nil {
		return []error{err}
	}
	if res != nil && res.Memory != nil {
		memory, changed := *res.Memory, *res
		memory.CheckBeforeUpdate = nil // a new cgroup uses nothing
		changed.Memory = &memory
		res = &changed
	}
	var missing []error
	limits := limitsOf(res)
	for i := range limits {
		if err := c.missing(&limits[i]); err != nil {
			missing = append(missing, err)
		}
	}
	return missing
}

func (c *Config) missing(l *limit) error {
	dir, err := c.dirFor(l)
	if err != nil {
		return err
	}
	dir = nearest(dir)
	if c.Version == 2 && l.v2 != core {
		content, err := readFile(dir + "/cgroup.controllers")
		if err == nil && !slices.Contains(strings.Fields(content), l.v2) {
			return l.unavailable(l.v2, fmt.Errorf("%s does not have it", dir))
		}
	}
	if c.isRoot(dir) && l.path == blockIOPath+".weight" {
		return nil // the files that tell who shares out block I/O are in other cgroups
	}
	_, err = l.entries(c.Version, dir)
	return err
}

// isRoot reports whether a directory is the root of a hierarchy.
func (c *Config) isRoot(dir string) bool {
	return slices.ContainsFunc(c.Hierarchies, func(h Hierarchy) bool { return dir == h.Mount })
}

// nearest returns the directory of a cgroup or, if it does not exist, the nearest one
// above it that does.
func nearest(dir string) string {
	for dir != "/" && !isDir(dir) {
		dir = parent(dir)
	}
	return dir
}

// MayCreate returns an error if the calling process may not make the container's
// cgroup where it goes. Cgroups that systemd makes are not looked at.
func (c *Config) MayCreate() error {
	if c.Scope != nil || c.Inherited {
		return nil
	}
	for i := range c.Hierarchies {
		dir := nearest(c.Hierarchies[i].Dir())
		err := unix.Faccessat(unix.AT_FDCWD, dir, unix.W_OK|unix.X_OK, unix.AT_EACCESS)
		if errors.Is(err, unix.EACCES) || errors.Is(err, unix.EPERM) || errors.Is(err, unix.EROFS) {
			return fmt.Errorf("no cgroup can be made in %s: %w", dir, err)
		}
	}
	return nil
}
