package cgroup

// Own returns the configuration of a container that stays in the cgroups of the
// calling process, which may not or shall not make others. They are not the
// container's: nothing joins, freezes, kills or removes them. There may be none,
// where no hierarchy is mounted.
func Own() (*Config, error) {
	c := &Config{Version: hostVersion(), Inherited: true}
	err := c.addHierarchies(func(own ownCgroup, m *mountPoint) (string, error) {
		path, err := m.below(own.path)
		if err != nil {
			return "", nil // out of sight of this mount, and so of the container's
		}
		return path, nil
	})
	if err != nil {
		return nil, err
	}
	return c, nil
}
