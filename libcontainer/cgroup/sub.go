package cgroup

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Sub returns the cgroups at paths below the container's, for another process
// of the container. The keys are controllers; "" stands for all hierarchies.
// Where paths has no entry, the container's own cgroup stays. They must exist,
// and no path leads out of the container's cgroup.
func (c *Config) Sub(paths map[string]string) (*Config, error) {
	if c.Inherited && len(paths) > 0 {
		return nil, errors.New("the container has no cgroup of its own")
	}
	sub := *c
	sub.Hierarchies = slices.Clone(c.Hierarchies)
	for _, controller := range slices.Sorted(maps.Keys(paths)) {
		path := paths[controller]
		if slices.Contains(strings.Split(path, "/"), "..") {
			return nil, fmt.Errorf("%s: leads out of the container's cgroup", path)
		}
		found := false
		for i := range sub.Hierarchies {
			h := &sub.Hierarchies[i]
			if controller != "" && !slices.Contains(h.Controllers, controller) {
				continue
			}
			found = true
			if h.Path = subdir(c.Hierarchies[i].Path, path); !isDir(h.Dir()) {
				return nil, fmt.Errorf("%s: the container has no such %s cgroup: %s does not exist", path, h.name(), h.Dir())
			}
		}
		if !found {
			return nil, fmt.Errorf("%s:%s: the host has no hierarchy of this controller", controller, path)
		}
	}
	return &sub, nil
}

// OfProcess returns the cgroups of a process of the container, which may have moved
// to a cgroup below the container's, in the unified hierarchy: a cgroup that has
// controllers for its children takes no processes itself (cgroups(7), "no
// internal processes"). The other hierarchies have no such rule.
//
// A process that has left the container's cgroup is not followed.
func (c *Config) OfProcess(pid int) (*Config, error) {
	near := *c
	near.Hierarchies = slices.Clone(c.Hierarchies)
	h := near.unified()
	if h == nil {
		return &near, nil
	}
	content, err := readFile("/proc/" + strconv.Itoa(pid) + "/cgroup")
	if err != nil {
		return nil, err
	}
	for _, o := range parseOwnCgroups(content) {
		if len(o.controllers) > 0 {
			continue
		}
		if o.path != h.Path && !strings.HasPrefix(o.path, h.Path+"/") {
			return nil, fmt.Errorf("process %d is in the cgroup %s, outside of the container's", pid, o.path)
		}
		h.Path = o.path
		return &near, nil
	}
	return nil, errors.New("the host has no unified cgroup hierarchy any more")
}
