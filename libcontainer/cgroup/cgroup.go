// Package cgroup makes, limits, watches and removes the cgroups of a
// container, on cgroup v1, v2 and the hybrid of both.
//
// The creator of a container finds out where its cgroups go ([Locate]) and
// makes them with their limits before any process is in them
// ([Config.Create]). On v2 the init is started in its cgroup ([Config.Dir]). On
// v1 it joins its cgroups itself ([Config.JoinSteps]), which is much cheaper
// than being moved by another process.
//
// The package does not use github.com/opencontainers/cgroups, the library of
// runc: see docs/architecture.md. Tests compare what it writes with what that
// library writes, and the access to devices with the kernel's decisions.
//
// If no other cpuset cgroup exists on the host, the kernel takes longer to make
// one, because it then patches its own code (cpusets_enabled_key).
package cgroup

import (
	"path/filepath"
	"slices"
	"strings"
)

// Config says where a container's cgroups are. It is pure data, and saved in
// the container's state. Its methods act on the kernel's cgroups.
type Config struct {
	// Version is 2 if the host has nothing but the unified hierarchy, else 1.
	Version int `json:"version"`
	// Hierarchies are the hierarchies that have a cgroup of this container:
	// one on v2; on v1 one for each set of controllers mounted together and,
	// on a hybrid host, the unified one. The first is the one that tells which
	// processes are in the container.
	Hierarchies []Hierarchy `json:"hierarchies"`
	// Scope is the unit of systemd that makes the cgroups, if rt does not.
	Scope *Scope `json:"scope,omitempty"`
	// Made says that Create has succeeded, or that StartScope has come to the
	// unit's start, so that what is in the cgroups is the container's. Until then
	// it may be another container's that has the same path: then Procs finds
	// nothing, Kill kills nothing, and Destroy removes what is empty.
	//
	// It is in the state before a process starts in the cgroups. A process that
	// comes there later is in the state itself.
	Made bool `json:"made,omitempty"`

	// Inherited says that these are the cgroups of the runtime itself, in which
	// the container stays: see Inherit.
	Inherited bool `json:"inherited,omitempty"`

	undone   bool     // Create has failed and left nothing
	undenied []denial // rules for devices that the calling user may not set
}

// Hierarchy is one cgroup hierarchy and the container's cgroup in it.
type Hierarchy struct {
	// Controllers as /proc/self/cgroup lists them: "cpu", "cpuacct",
	// "name=systemd" … Empty for the unified hierarchy.
	Controllers []string `json:"controllers,omitempty"`
	// Mount is where the hierarchy is mounted.
	Mount string `json:"mount"`
	// Path is the container's cgroup below Mount. It starts with a slash.
	Path string `json:"path"`
	// Parents is how many of the nearest parents of Path did not exist when
	// the cgroup was located. They are removed with it when they are empty.
	Parents int `json:"parents,omitempty"`
}

// Dir returns the container's directory in the hierarchy.
func (h *Hierarchy) Dir() string { return h.Mount + h.Path }

// unified reports whether this is the cgroup v2 hierarchy.
func (h *Hierarchy) unified() bool { return len(h.Controllers) == 0 }

// name is how the kernel and people call the hierarchy.
func (h *Hierarchy) name() string {
	if h.unified() {
		return "unified"
	}
	return strings.Join(h.Controllers, ",")
}

// controller returns the v1 hierarchy of a controller, or nil.
func (c *Config) controller(name string) *Hierarchy {
	for i := range c.Hierarchies {
		if slices.Contains(c.Hierarchies[i].Controllers, name) {
			return &c.Hierarchies[i]
		}
	}
	return nil
}

// unified returns the cgroup v2 hierarchy, or nil.
func (c *Config) unified() *Hierarchy {
	for i := range c.Hierarchies {
		if c.Hierarchies[i].unified() {
			return &c.Hierarchies[i]
		}
	}
	return nil
}

// withController returns the directory with the files of a controller that has
// the same name on v1 and v2, or "".
func (c *Config) withController(name string) string {
	h := c.controller(name)
	if c.Version == 2 {
		h = c.unified()
	}
	if h == nil {
		return ""
	}
	return h.Dir()
}

// subdir is the path of a cgroup below parent. ".." cannot lead out of parent.
func subdir(parent, path string) string {
	return filepath.Join("/", parent, filepath.Clean("/"+path))
}
