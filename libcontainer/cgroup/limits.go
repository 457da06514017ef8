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
	// entries returns what to write to the container's directory, at which it
	// may look. Its errors name the setting.
	entries func(version int, dir string) ([]entry, error)
	// together says that the kernel checks the values against each other.
	together bool
	// explain says more about an error of the kernel. It may be nil.
	explain func(dir string, err error) error
}

// change is what one limit writes to one directory.
type change struct {
	limit *limit
	dir   string
	list  []entry
}

func (l *limit) changeIn(version int, dir string) (change, error) {
	list, err := l.entries(version, dir)
	return change{l, dir, list}, err
}

func (w *change) write() error {
	write := writeAll
	if w.limit.together {
		write = writeTogether
	}
	err := write(w.dir, w.list)
	if err != nil && w.limit.explain != nil {
		return w.limit.explain(w.dir, err)
	}
	return err
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

// setLimits writes the limits, when all of them have been found possible.
func (c *Config) setLimits(limits []limit) error {
	changes, err := c.changes(limits)
	if err != nil {
		return err
	}
	for i := range changes {
		if err := changes[i].write(); err != nil {
			return err
		}
	}
	return nil
}

// changes returns what the limits write. The error has all that are not
// possible.
func (c *Config) changes(limits []limit) ([]change, error) {
	var list []change
	var errs []error
	for i := range limits {
		dir, err := c.dirFor(&limits[i])
		if err == nil {
			var w change
			w, err = limits[i].changeIn(c.Version, dir)
			list = append(list, w)
		}
		errs = append(errs, err)
	}
	return list, errors.Join(errs...)
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
	return fmt.Errorf("%s: needs the %s cgroup controller, which this host does not have (leave the limit out, or mount the controller and enable it)", l.path, controller)
}
