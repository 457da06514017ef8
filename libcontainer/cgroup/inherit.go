package cgroup

import "slices"

// Own returns the configuration of a container that stays in the cgroups of the
// calling process, which may not or shall not make others. They are not the
// container's: nothing joins, freezes, kills or removes them. There may be none,
// where no hierarchy is mounted.
func Own() (*Config, error) {
	own, err := ownCgroups()
	if err != nil {
		return nil, err
	}
	c := &Config{Version: hostVersion(), Inherited: true}
	if c.Version == 2 {
		own = slices.DeleteFunc(own, func(o ownCgroup) bool { return len(o.controllers) > 0 })
	}
	mounts := mountFinder{version: c.Version}
	for _, o := range own {
		m, err := mounts.find(o.controllers)
		if err != nil {
			return nil, err
		}
		if m == nil {
			continue
		}
		below, err := m.below(o.path)
		if err != nil {
			continue // out of sight of this mount, and so of the container's
		}
		c.Hierarchies = append(c.Hierarchies, Hierarchy{Controllers: o.controllers, Mount: m.point, Path: below})
	}
	c.sort()
	return c, nil
}
