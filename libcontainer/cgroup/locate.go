package cgroup

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// root is where every distribution mounts its cgroups. Hierarchies of v1 may
// be mounted elsewhere; they are found by /proc/self/mountinfo then.
const root = "/sys/fs/cgroup"

// The kernel's numbers of what root can be.
const (
	cgroup1Magic = unix.CGROUP_SUPER_MAGIC
	cgroup2Magic = unix.CGROUP2_SUPER_MAGIC
)

// Locate finds out where the cgroups of container id go. It changes nothing.
//
// An absolute path (linux.cgroupsPath) is taken from the root of each
// hierarchy; a relative one from the cgroup of the calling process, or on v2
// from the parent of that: a v2 cgroup with processes in it cannot pass
// controllers on (cgroups(7), "no internal processes"). An empty path means
// the relative path id.
func Locate(cgroupsPath, id string) (*Config, error) {
	return locate(func(own ownCgroup, m *mountPoint, version int) (string, error) {
		return place(cgroupsPath, id, own, m, version)
	})
}

// locate returns the configuration of cgroups whose paths place knows: below
// the mount m of the hierarchy in which the calling process is in own.
func locate(place func(own ownCgroup, m *mountPoint, version int) (string, error)) (*Config, error) {
	c := &Config{Version: hostVersion()}
	err := c.addHierarchies(func(own ownCgroup, m *mountPoint) (string, error) { return place(own, m, c.Version) })
	if err != nil {
		return nil, err
	}
	for i := range c.Hierarchies {
		h := &c.Hierarchies[i]
		h.Parents = missingParents(h)
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	return c, nil
}

// addHierarchies adds each hierarchy that is mounted, with the path that the
// container's cgroup has in it. One that has none, "", is left out.
func (c *Config) addHierarchies(path func(own ownCgroup, m *mountPoint) (string, error)) error {
	own, err := ownCgroups()
	if err != nil {
		return err
	}
	if c.Version == 2 {
		own = slices.DeleteFunc(own, func(o ownCgroup) bool { return len(o.controllers) > 0 })
	}
	mounts := mountFinder{version: c.Version}
	for _, o := range own {
		m, err := mounts.find(o.controllers)
		if err != nil {
			return err
		}
		if m == nil {
			continue
		}
		p, err := path(o, m)
		if err != nil {
			return err
		}
		if p != "" {
			c.Hierarchies = append(c.Hierarchies, Hierarchy{Controllers: o.controllers, Mount: m.point, Path: p})
		}
	}
	c.sort()
	return nil
}

// hostVersion returns the version of the host's cgroups: see [Config].
func hostVersion() int {
	if fsType(root) == cgroup2Magic {
		return 2
	}
	return 1
}

// check refuses hosts on which a container could not be confined.
func (c *Config) check() error {
	if len(c.Hierarchies) == 0 {
		return errors.New("cgroups: no hierarchy is mounted, expected at " + root)
	}
	if c.Version == 1 && c.controller("devices") == nil {
		return errors.New("cgroups: the devices controller of cgroup v1 is not mounted")
	}
	return nil
}

// sort puts the hierarchy first that tells which processes are in the
// container: the unified one, because the init is started in it; else the one
// that can freeze them.
func (c *Config) sort() {
	rank := func(h Hierarchy) int {
		switch {
		case h.unified():
			return 0
		case slices.Contains(h.Controllers, "freezer"):
			return 1
		}
		return 2
	}
	slices.SortStableFunc(c.Hierarchies, func(a, b Hierarchy) int { return rank(a) - rank(b) })
}

// place returns the path of the container's cgroup below the mount m.
func place(cgroupsPath, id string, own ownCgroup, m *mountPoint, version int) (string, error) {
	if strings.HasPrefix(cgroupsPath, "/") {
		return notRoot(subdir("/", cgroupsPath))
	}
	if cgroupsPath == "" {
		cgroupsPath = id
	}
	below, err := m.below(own.path)
	if err != nil {
		return "", fmt.Errorf("linux.cgroupsPath: the %s cgroup of this process: %w", own.name(), err)
	}
	if version == 2 {
		below = subdir("/", below+"/..")
	}
	return notRoot(subdir(below, cgroupsPath))
}

// notRoot refuses the root of a hierarchy as a container's cgroup.
func notRoot(path string) (string, error) {
	if path == "/" {
		return "", errors.New("linux.cgroupsPath: is the root of the hierarchy")
	}
	return path, nil
}

// missingParents counts the parents of h's cgroup that do not exist.
func missingParents(h *Hierarchy) int {
	n := 0
	for dir := parent(h.Path); dir != "/" && !isDir(h.Mount+dir); dir = parent(dir) {
		n++
	}
	return n
}

// parent returns the path of a cgroup's parent.
func parent(path string) string {
	i := strings.LastIndexByte(path, '/')
	return path[:max(i, 1)]
}

// ownCgroup is a line of /proc/self/cgroup: the calling process's cgroup in
// one hierarchy.
type ownCgroup struct {
	controllers []string // none: unified hierarchy
	path        string
}

func (o *ownCgroup) name() string {
	h := Hierarchy{Controllers: o.controllers}
	return h.name()
}

func ownCgroups() ([]ownCgroup, error) {
	content, err := readFile("/proc/self/cgroup")
	if err != nil {
		return nil, err
	}
	return parseOwnCgroups(content), nil
}

// parseOwnCgroups parses /proc/self/cgroup (cgroups(7)). Named hierarchies
// other than systemd's belong to somebody else and are left out.
func parseOwnCgroups(content string) []ownCgroup {
	var own []ownCgroup
	for line := range strings.Lines(content) {
		_, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ":")
		controllers, path, ok := strings.Cut(rest, ":")
		named := strings.HasPrefix(controllers, "name=") && controllers != "name=systemd"
		if !ok || named {
			continue
		}
		o := ownCgroup{path: path}
		if controllers != "" {
			o.controllers = strings.Split(controllers, ",")
		}
		own = append(own, o)
	}
	return own
}
