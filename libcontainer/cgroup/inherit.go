package cgroup

// Inherit makes c the configuration of a container that stays in the cgroups
// of the calling process, because that may not make others. They are not the
// container's: nothing joins, freezes, kills or removes them.
func (c *Config) Inherit() error {
	own, err := ownCgroups()
	if err != nil {
		return err
	}
	mounts := mountFinder{version: c.Version}
	list := c.Hierarchies[:0]
	for _, o := range own {
		m, err := mounts.find(o.controllers)
		if err != nil {
			return err
		}
		if m == nil {
			continue
		}
		below, err := m.below(o.path)
		if err != nil {
			continue // out of sight of this mount, and so of the container's
		}
		list = append(list, Hierarchy{Controllers: o.controllers, Mount: m.point, Path: below})
	}
	c.Hierarchies, c.Inherited = list, true
	c.sort()
	return nil
}
