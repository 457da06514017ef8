package plan

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/oci-rt/rt/libcontainer/cgroup"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// cgroup adds where the cgroups are, and who makes and owns them.
func (f *facts) cgroup() {
	c := f.Host.Cgroup
	var paths []string
	for _, g := range groupsOf(c) {
		paths = append(paths, g.path+" ("+g.where+")")
	}
	if c.Inherited {
		paths = append([]string{"none is made, it stays in those of rt"}, paths...)
	}
	f.add(Cgroup, "path", strings.Join(paths, "; "), "linux.cgroupsPath")
	if c.Scope != nil {
		f.add(Cgroup, "unit", c.Scope.Unit+" in "+c.Scope.Slice, "linux.cgroupsPath")
	}
	if uid, ok := spec.CgroupOwner(f.Spec); ok && !c.Inherited && c.Version == 2 && uid != 0 && f.Kind == Start {
		f.add(Cgroup, "owner", fmt.Sprintf("user %d of the host", uid), "")
	}
}

// group is a path that hierarchies have in common.
type group struct{ path, where string }

// groupsOf returns the paths of a container's cgroups with their hierarchies.
func groupsOf(c *cgroup.Config) (list []group) {
	for i := range c.Hierarchies {
		h := &c.Hierarchies[i]
		name := hierarchyName(h)
		n := slices.IndexFunc(list, func(g group) bool { return g.path == h.Path })
		if n < 0 {
			list = append(list, group{h.Path, name})
			continue
		}
		list[n].where += " " + name
	}
	return list
}

// hierarchyName names a hierarchy as errors do.
func hierarchyName(h *cgroup.Hierarchy) string {
	if len(h.Controllers) == 0 {
		return "unified"
	}
	return strings.Join(h.Controllers, ",")
}

// limits adds what is written to the files of the cgroups. That there is no limit
// of memory, processes or CPU time is a fact too.
func (f *facts) limits() {
	if f.Host.Cgroup.Inherited {
		f.add(Limits, "limits", "those of rt's cgroup", "")
		return
	}
	for _, v := range f.Cgroups.Values {
		f.limit(v)
	}
	for _, missing := range []struct{ key, path string }{
		{"memory", "linux.resources.memory.limit"}, {"processes", "linux.resources.pids.limit"}, {"CPU time", "linux.resources.cpu.quota"},
	} {
		if !f.limited(missing.path) {
			f.add(Limits, missing.key, "no limit", missing.path)
		}
	}
	f.ignored()
}

// limit adds a value. Files that take several values have one fact for all.
func (f *facts) limit(v cgroup.Value) {
	text := strings.TrimSuffix(v.Value, "\n")
	if strings.HasPrefix(v.File, "memory.") && v.File != "memory.swappiness" || strings.HasPrefix(v.File, "hugetlb.") {
		text = bytes(text)
	}
	for i := range f.list {
		if f.list[i].Topic == Limits && f.list[i].Key == v.File {
			f.list[i].Value += "; " + text
			return
		}
	}
	f.add(Limits, v.File, text, v.Setting)
}

// limited reports whether a setting limits something.
func (f *facts) limited(path string) bool {
	files := map[string][]string{
		"linux.resources.memory.limit": {"memory.max"}, "linux.resources.pids.limit": {"pids.max"}, "linux.resources.cpu.quota": {"cpu.max"},
	}[path]
	return slices.ContainsFunc(f.Cgroups.Values, func(v cgroup.Value) bool {
		limits := v.Value != "-1" && !strings.HasPrefix(v.Value, "max")
		return limits && (v.Setting == path || slices.Contains(files, v.File))
	})
}

// ignored adds what the limits leave out because only the update of a limit
// looks at it.
func (f *facts) ignored() {
	if r := spec.Resources(f.Spec); r != nil && r.Memory != nil && r.Memory.CheckBeforeUpdate != nil && *r.Memory.CheckBeforeUpdate {
		f.add(Limits, "memory, when it is changed", "refused if more is in use", "linux.resources.memory.checkBeforeUpdate")
	}
}

// bytes adds a readable size to a number of bytes.
func bytes(text string) string {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil || n < 1<<10 {
		return text
	}
	unit := 0
	for n%1024 == 0 && unit < 4 {
		n /= 1024
		unit++
	}
	if unit == 0 {
		return text
	}
	return fmt.Sprintf("%s (%d %s)", text, n, [...]string{"", "KiB", "MiB", "GiB", "TiB"}[unit])
}

// intelRdt adds the group in resctrl.
func (f *facts) intelRdt() {
	r := f.linux.IntelRdt
	if r == nil {
		return
	}
	const path = "linux.intelRdt."
	for _, p := range []struct{ name, value string }{
		{"closID", r.ClosID}, {"l3CacheSchema", r.L3CacheSchema}, {"memBwSchema", r.MemBwSchema}, {"schemata", strings.Join(r.Schemata, "; ")},
	} {
		if p.value != "" {
			f.add(Limits, "resctrl "+p.name, p.value, path+p.name)
		}
	}
	if r.EnableMonitoring {
		f.add(Limits, "resctrl enableMonitoring", "yes", path+"enableMonitoring")
	}
}

// deviceAccess adds which devices may be used.
func (f *facts) deviceAccess() {
	const path = "linux.resources.devices"
	if f.Host.Cgroup.Inherited {
		return
	}
	a := f.Cgroups.Devices
	if a.All {
		f.add(Devices, "access", "all", path).Risk = f.unless("uses every device of the host, disks and memory included")
	} else {
		f.add(Devices, "access", "only those that every container may use", path)
	}
	for _, e := range a.Exceptions {
		if e.Default {
			continue
		}
		if a.All {
			f.add(Devices, e.Devices, "not "+e.Access, path)
			continue
		}
		f.add(Devices, e.Devices, e.Access, path).Risk = f.unless(deviceRisk(e.Devices, e.Access))
	}
}

// unless returns the risk for a container that is not in a user namespace: in one,
// the modes of the host's files protect its devices.
func (f *facts) unless(risk string) string { return pick(f.below(), "", risk) }

// deviceRisk says what access to devices, such as "b 8:*", gives away, or "".
func deviceRisk(devices, access string) string {
	switch {
	case access == "m": // to make a node is no use
		return ""
	case strings.HasPrefix(devices, "b "):
		return "a disk of the host"
	case devices == "c *:*", devices == "c 1:*", devices == "c 1:1", devices == "c 1:2", devices == "c 1:4":
		return "the host's memory and ports"
	}
	return ""
}

// deviceNodes adds the device nodes that the configuration lists.
func (f *facts) deviceNodes() {
	for i := range f.linux.Devices {
		d := &f.linux.Devices[i]
		f.add(Devices, d.Path, deviceNode(d), at("linux.devices", i)).Risk = f.unless(nodeRisk(d))
	}
}

// nodeRisk says what a device node gives away, if the rules allow to use it.
func nodeRisk(d *specs.LinuxDevice) string {
	kind := pick(d.Type == "u", "c", d.Type)
	return deviceRisk(fmt.Sprintf("%s %d:%d", kind, d.Major, d.Minor), "rw")
}

func deviceNode(d *specs.LinuxDevice) string {
	text := d.Type
	if d.Type != "p" {
		text += fmt.Sprintf(" %d:%d", d.Major, d.Minor)
	}
	perm, uid, gid := uint32(0o666), uint32(0), uint32(0)
	if d.FileMode != nil {
		perm = uint32(*d.FileMode) & 0o7777
	}
	if d.UID != nil {
		uid = *d.UID
	}
	if d.GID != nil {
		gid = *d.GID
	}
	return fmt.Sprintf("%s, mode %#o, owner %d:%d", text, perm, uid, gid)
}

// hooks adds the hooks of all stages.
func (f *facts) hooks() {
	for _, stage := range stages() {
		for i, h := range spec.Hooks(f.Spec.Hooks, stage) {
			f.add(Hooks, at(string(stage), i), hookText(stage, &h), spec.HookPath(stage, i))
		}
	}
}

func stages() []spec.HookStage {
	return append(spec.CreateHooks(), spec.StartContainer, spec.Poststart, spec.Poststop)
}

// hookText says what a hook executes and where.
func hookText(stage spec.HookStage, h *specs.Hook) string {
	text := word(h.Path)
	if len(h.Args) > 1 {
		text += " " + words(h.Args[1:])
	}
	if len(h.Args) > 0 && h.Args[0] != h.Path {
		text += " as " + word(h.Args[0])
	}
	text += ", " + hookPlace(stage)
	if len(h.Env) > 0 {
		text += ", with " + words(h.Env)
	}
	if h.Timeout != nil {
		text += fmt.Sprintf(", for %d s at most", *h.Timeout)
	}
	return text
}

func hookPlace(stage spec.HookStage) string {
	switch stage {
	case spec.CreateContainer:
		return "the host's file, with rt's rights in the container's namespaces"
	case spec.StartContainer:
		return "the container's file, in the container"
	}
	return "on the host as rt"
}
