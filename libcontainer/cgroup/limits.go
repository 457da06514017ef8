package cgroup

import (
	"errors"
	"fmt"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// limit is a group of limits that one controller enforces.
type limit struct {
	path   string // JSON path
	v1, v2 string // the controller; "" if this version cannot do it
	// set writes the limit to the container's directory. Its errors name the
	// setting.
	set func(version int, dir string) error
}

// limitsOf returns the limits of a configuration, devices excepted. Those of
// unified come last, so that they replace others for the same file.
func limitsOf(res *specs.LinuxResources) []limit {
	if res == nil {
		return nil
	}
	var all []limit
	for _, group := range [][]limit{
		memoryLimits(res.Memory), cpuLimits(res.CPU), pidsLimits(res.Pids),
		blockIOLimits(res.BlockIO), hugepageLimits(res.HugepageLimits), networkLimits(res.Network), rdmaLimits(res.Rdma),
		unifiedLimits(res.Unified),
	} {
		all = append(all, group...)
	}
	return all
}

// value returns what p points to, or zero.
func value[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}

// setLimits writes the limits.
func (c *Config) setLimits(limits []limit) error {
	for i := range limits {
		l := &limits[i]
		dir, err := c.dirFor(l)
		if err == nil {
			err = l.set(c.Version, dir)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// dirFor returns the container's directory that has a limit's controller.
func (c *Config) dirFor(l *limit) (string, error) {
	switch {
	case c.Version == 2 && l.v2 == "":
		return "", l.needs("cgroup v1")
	case c.Version == 2:
		return c.unified().Dir(), nil
	case l.v1 == "":
		return "", l.needs("cgroup v2")
	}
	h := c.controller(l.v1)
	if h == nil {
		return "", l.unavailable(l.v1, nil)
	}
	return h.Dir(), nil
}

func (l *limit) needs(what string) error { return errors.New(l.path + ": needs " + what) }

// unavailable says that a limit's controller is missing, and why if that is
// known.
func (l *limit) unavailable(controller string, cause error) error {
	if cause != nil {
		return fmt.Errorf("%s: needs the %s cgroup controller: %w", l.path, controller, cause)
	}
	return fmt.Errorf("%s: needs the %s cgroup controller, which this host does not have", l.path, controller)
}
