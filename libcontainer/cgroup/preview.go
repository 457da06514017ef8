package cgroup

import (
	"fmt"
	"slices"
	"strings"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// Preview is what Create or StartScope would set.
type Preview struct {
	Devices DeviceAccess
	Values  []Value // in the order in which they are written
	// Refused are the limits that this host cannot set. Create would fail.
	Refused []error
}

// Value is what a limit writes to a file.
type Value struct {
	Setting string // JSON path
	Dir     string // the container's cgroup
	File    string // in Dir
	Value   string
	// Optional says that it is no error if the file does not exist.
	Optional bool
}

// DeviceAccess says which devices a container may use.
type DeviceAccess struct {
	All        bool         // all but the exceptions; otherwise none but those
	Exceptions []DeviceRule // in the order of the configuration
}

// DeviceRule is an exception: devices such as "c 1:3", and what may or may not be
// done to them, of "rwm".
type DeviceRule struct {
	Devices, Access string
	Default         bool // every container has it
}

// Preview returns what Create would set. It changes nothing, and the cgroups need
// not exist: where it depends on what files a cgroup has, the nearest parent that
// exists is looked at.
func (c *Config) Preview(res *specs.LinuxResources) (Preview, error) {
	policy, err := policyOf(res)
	if err != nil {
		return Preview{}, err
	}
	p := Preview{Devices: policy.access()}
	limits := limitsOf(unused(res))
	for i := range limits {
		if err := c.preview(&p, &limits[i]); err != nil {
			p.Refused = append(p.Refused, err)
		}
	}
	return p, nil
}

// preview adds what one limit writes.
func (c *Config) preview(p *Preview, l *limit) error {
	dir, err := c.dirFor(l)
	if err != nil {
		return err
	}
	at := existing(dir)
	if err := c.has(l, at); err != nil {
		return err
	}
	list, err := l.entries(c.Version, at)
	if err != nil && c.isRoot(at) && l.path == blockIOPath+".weight" {
		return nil // the files that tell who shares out block I/O are in other cgroups
	}
	if err != nil {
		return err
	}
	for _, w := range list {
		p.Values = append(p.Values, Value{w.setting, dir, w.file, w.value, w.optional})
	}
	return nil
}

// has reports whether the controller of a limit is passed on to a cgroup of v2.
func (c *Config) has(l *limit, dir string) error {
	if c.Version != 2 || l.v2 == core {
		return nil
	}
	content, err := readFile(dir + "/cgroup.controllers")
	if err == nil && !slices.Contains(strings.Fields(content), l.v2) {
		return l.unavailable(l.v2, fmt.Errorf("%s does not have it", dir))
	}
	return nil
}

// isRoot reports whether a directory is the root of a hierarchy.
func (c *Config) isRoot(dir string) bool {
	return slices.ContainsFunc(c.Hierarchies, func(h Hierarchy) bool { return dir == h.Mount })
}

// unused returns limits for a cgroup that uses nothing yet, so that none is below what
// is in use.
func unused(res *specs.LinuxResources) *specs.LinuxResources {
	if res == nil || res.Memory == nil {
		return res
	}
	memory, changed := *res.Memory, *res
	memory.CheckBeforeUpdate = nil
	changed.Memory = &memory
	return &changed
}

// existing returns the directory, or its nearest parent that exists.
func existing(dir string) string {
	for !isDir(dir) && dir != "/" {
		dir = parent(dir)
	}
	return dir
}

// access returns the policy for people.
func (p *devicePolicy) access() DeviceAccess {
	a := DeviceAccess{All: p.allow}
	defaults := newDevicePolicy(false)
	for _, rule := range defaultDevices() {
		_ = defaults.apply(rule) // they do not contradict each other
	}
	for _, e := range p.exceptions() {
		a.Exceptions = append(a.Exceptions, DeviceRule{
			Devices: e.devices.String(), Access: e.access.String(),
			Default: slices.Contains(defaults.order, e.devices) && e.access&^defaults.except[e.devices] == 0,
		})
	}
	return a
}
