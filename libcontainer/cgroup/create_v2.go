package cgroup

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/oci-rt/rt/internal/linux"
)

// prepareV2 passes the controllers on to the new cgroup. To those of systemd it
// passes none but those that a limit needs: systemd has passed on all that it
// knows.
func (c *Config) prepareV2(limits []limit) error {
	h := c.unified()
	if err := h.makeThreaded(limits); err != nil {
		return err
	}
	if c.Scope != nil && h.checkControllers(limits, nil) == nil {
		return nil
	}
	return h.checkControllers(limits, h.passControllers())
}

// checkControllers checks that the cgroup has the controllers of limits. If
// not, cause may say why.
func (h *Hierarchy) checkControllers(limits []limit, cause error) error {
	content, err := readFile(h.Dir() + "/cgroup.controllers")
	if err != nil {
		return err
	}
	have := strings.Fields(content)
	for _, l := range limits {
		if l.v2 != "" && l.v2 != core && !slices.Contains(have, l.v2) {
			return l.unavailable(l.v2, cause)
		}
	}
	return nil
}

// makeThreaded turns a cgroup below a threaded one into a threaded one: only
// then processes can enter it. That excludes the domain controllers
// (cgroups(7)).
func (h *Hierarchy) makeThreaded(limits []limit) error {
	content, err := readFile(h.Dir() + "/cgroup.type")
	if err != nil {
		return err
	}
	kind := strings.TrimSpace(content)
	if kind == "domain" {
		return nil
	}
	for _, l := range limits {
		if !slices.Contains([]string{"", core, "cpu", "cpuset", "pids"}, l.v2) {
			return fmt.Errorf("%s: the %s controller cannot be used in %s, which is in %q mode", l.path, l.v2, h.Dir(), kind)
		}
	}
	if kind == "domain invalid" {
		return linux.WriteValues(h.Dir()+"/cgroup.type", "threaded")
	}
	return nil
}

// passControllers makes every parent of the cgroup pass all its controllers on
// to its children. That is not always possible: see passOn. So an error matters
// only if a limit needs the controller.
//
// Enabled controllers are not written again, because every write waits until
// the cgroups that were removed lately are gone.
func (h *Hierarchy) passControllers() error {
	all := readFields(h.Mount + "/cgroup.controllers")
	if len(missing(all, readFields(h.Dir()+"/cgroup.controllers"))) == 0 {
		return nil
	}
	var errs []error
	for i, char := range h.Path {
		if char == '/' {
			errs = append(errs, passOn(h.Mount+h.Path[:i]))
		}
	}
	return errors.Join(errs...)
}

// passOn enables the controllers of a cgroup for its children: all with one
// write, or as many as possible.
//
// A cgroup with processes, the root excepted, could pass on those that work by
// threads, such as cpu and pids. But that makes it the root of a threaded
// subtree, for good: no process can enter its children then, until they become
// threaded too, and give up memory and io (cgroups(7)). So it is left alone.
func passOn(dir string) error {
	file := dir + "/cgroup.subtree_control"
	names := missing(readFields(dir+"/cgroup.controllers"), readFields(file))
	if len(names) == 0 {
		return nil
	}
	if slices.Equal(readFields(dir+"/cgroup.type"), []string{"domain"}) && len(readFields(dir+"/cgroup.procs")) > 0 {
		return fmt.Errorf("%s cannot pass controllers on: it has processes of its own", dir)
	}
	if linux.WriteValues(file, "+"+strings.Join(names, " +")) == nil {
		return nil
	}
	var errs []error
	for _, name := range names {
		errs = append(errs, linux.WriteValues(file, "+"+name))
	}
	return errors.Join(errs...)
}

// missing returns those of want that are not in have.
func missing(want, have []string) []string {
	return slices.DeleteFunc(slices.Clone(want), func(s string) bool { return slices.Contains(have, s) })
}

// readFields returns the words of a file, none if it cannot be read.
func readFields(path string) []string {
	content, err := readFile(path)
	if err != nil {
		return nil
	}
	return strings.Fields(content)
}
