package hostinfo

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/oci-rt/rt/internal/mountinfo"
	"golang.org/x/sys/unix"
)

// Cgroups is how a host has its cgroups.
type Cgroups struct {
	// Layout is "v2" (the unified hierarchy alone), "v1", "hybrid" (both, where rt uses
	// the controllers of v1) or "none".
	Layout string `json:"layout"`
	// Controllers are those that a container can have limits of, sorted by name.
	Controllers []Controller `json:"controllers"`
	// Own is the cgroup of this process in the unified hierarchy, or "".
	Own string `json:"own,omitempty"`
}

// Controller is one controller.
type Controller struct {
	Name    string `json:"name"`
	Version int    `json:"version"` // of its hierarchy: 1 or 2
	Mount   string `json:"mount"`   // where its hierarchy is mounted
	// Usable says that this process may make cgroups with it: below the root for the
	// host's root, and otherwise in a cgroup that was delegated.
	Usable bool `json:"usable"`
}

// Version returns the version that rt takes the host's cgroups for.
func (c *Cgroups) Version() int {
	if c.Layout == "v2" {
		return 2
	}
	return 1
}

// Find returns a controller, or nil.
func (c *Cgroups) Find(name string) *Controller {
	i := slices.IndexFunc(c.Controllers, func(have Controller) bool { return have.Name == name })
	if i < 0 {
		return nil
	}
	return &c.Controllers[i]
}

// unifiedPoint is where every distribution mounts cgroups; a hybrid host has the unified
// hierarchy below it.
const unifiedPoint = "/sys/fs/cgroup"

// cgroups reads what is mounted where. Package cgroup makes the same decision about the
// version, for which /sys/fs/cgroup has to be a cgroup2 file system.
func (f files) cgroups() Cgroups {
	var c Cgroups
	c.Controllers = []Controller{}
	var unified, v1 []mountinfo.Mount
	for _, m := range f.mounts() {
		switch m.Type {
		case "cgroup2":
			unified = append(unified, m)
		case "cgroup":
			v1 = append(v1, m)
		}
	}
	isPoint := func(m mountinfo.Mount) bool { return m.Point == unifiedPoint }
	own := f.ownCgroups()
	switch {
	case slices.ContainsFunc(unified, isPoint):
		c.Layout = "v2"
		c.Own = own[""]
		c.addUnified(f, own[""])
	case len(v1) == 0:
		c.Layout = "none"
	default:
		c.Layout = "v1"
		if len(unified) > 0 {
			c.Layout, c.Own = "hybrid", own[""]
		}
		c.addV1(f, v1, own)
	}
	slices.SortFunc(c.Controllers, func(a, b Controller) int { return strings.Compare(a.Name, b.Name) })
	return c
}

// addUnified adds the controllers that the cgroup of this process, which is own, can pass
// on. The host's root can make cgroups elsewhere, so for root it is those of the host.
func (c *Cgroups) addUnified(f files, own string) {
	dir := filepath.Join(unifiedPoint, own)
	passedOn := strings.Fields(f.read(filepath.Join(dir, "cgroup.controllers")))
	for _, name := range strings.Fields(f.read(unifiedPoint + "/cgroup.controllers")) {
		usable := f.writable(unifiedPoint) || slices.Contains(passedOn, name) && f.writable(filepath.Dir(dir))
		c.add(Controller{Name: name, Version: 2, Mount: unifiedPoint, Usable: usable})
	}
}

// addV1 adds the controllers of mounted hierarchies. Named ones have none.
func (c *Cgroups) addV1(f files, mounts []mountinfo.Mount, own map[string]string) {
	known := f.v1Controllers()
	for _, m := range mounts {
		for name := range strings.SplitSeq(m.Super, ",") {
			if !slices.Contains(known, name) || c.Find(name) != nil {
				continue
			}
			usable := f.writable(m.Point) || f.writable(filepath.Join(m.Point, own[name]))
			c.add(Controller{Name: name, Version: 1, Mount: m.Point, Usable: usable})
		}
	}
}

func (c *Cgroups) add(n Controller) { c.Controllers = append(c.Controllers, n) }

// v1Controllers returns the controllers that the kernel knows (cgroups(7)).
func (f files) v1Controllers() (names []string) {
	for line := range strings.Lines(f.read("proc/cgroups")) {
		if name, _, _ := strings.Cut(line, "\t"); !strings.HasPrefix(name, "#") {
			names = append(names, name)
		}
	}
	return names
}

// ownCgroups returns the cgroups of this process, by controller, or by "" in the unified
// hierarchy.
func (f files) ownCgroups() map[string]string {
	own := map[string]string{}
	for line := range strings.Lines(f.read("proc/self/cgroup")) {
		_, rest, _ := strings.Cut(strings.TrimSpace(line), ":")
		names, path, _ := strings.Cut(rest, ":")
		for name := range strings.SplitSeq(names, ",") {
			own[name] = path
		}
	}
	return own
}

// writable reports whether this process may write to a directory.
func (f files) writable(dir string) bool {
	return unix.Faccessat(unix.AT_FDCWD, filepath.Join(string(f), dir), unix.W_OK, unix.AT_EACCESS) == nil
}
