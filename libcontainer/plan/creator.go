package plan

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/oci-rt/rt/libcontainer/cgroup"
	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// before returns what the creator does until there is an init.
func (c *creator) before() []Action {
	if c.Kind == Start {
		c.do(0, "", c.StateDir, "make the container's directory and lock it", "write down the configuration and what is about to be made")
		if c.Host.Cgroup.Scope == nil {
			c.makeCgroups(0)
		}
		c.makeRdt()
		c.do(0, "", "", "compile the program: "+Plural(len(c.Compiled.Program.Steps), "step"))
		c.openIDMaps()
		if c.Options.WaitForStart {
			c.do(0, "", c.StateDir+"/start.sock", "listen for start")
		}
	}
	c.clone()
	return c.taken()
}

// makeCgroups adds the cgroups, with their limits.
func (c *creator) makeCgroups(step int) {
	if c.Host.Cgroup.Inherited {
		return
	}
	for i := range c.Host.Cgroup.Hierarchies {
		h := &c.Host.Cgroup.Hierarchies[i]
		c.do(step, "linux.cgroupsPath", h.Dir(), "make the "+hierarchyName(h)+" cgroup")
	}
	c.setLimits(step)
	if uid, ok := spec.CgroupOwner(c.Spec); ok && c.Host.Cgroup.Version == 2 && uid != 0 {
		c.do(step, "linux.cgroupsPath", "", fmt.Sprintf("make user %d of the host the owner of the cgroup", uid))
	}
}

// setLimits adds what is written to the cgroups. A limit that would be in the way
// of the init is set when the init is ready.
func (c *creator) setLimits(step int) {
	c.do(step, "linux.resources.devices", "", c.devicePolicy()...)
	for _, v := range c.Cgroups.Values {
		text := write(v)
		if c.delayed(v.File) {
			text += ", with room for the init until it is ready"
		}
		c.do(step, v.Setting, "", text)
	}
}

func write(v cgroup.Value) string {
	text := "write " + strconv.Quote(v.Value) + " to " + v.Dir + "/" + v.File
	if v.Optional {
		text += ", if there is such a file"
	}
	return text
}

// delayed reports whether the limit of a file is set when the init is ready.
func (c *creator) delayed(file string) bool {
	if c.Delayed == nil {
		return false
	}
	_, unified := c.Delayed.Unified[file]
	return unified || c.Delayed.Pids != nil && file == "pids.max"
}

// devicePolicy says how access to devices is set.
func (c *creator) devicePolicy() (does []string) {
	a := c.Cgroups.Devices
	rest, exception := "deny", "allow"
	if a.All {
		rest, exception = exception, rest
	}
	how := "load and attach an eBPF program to "
	if c.Host.Cgroup.Version == 1 {
		how = "write to devices." + rest + " to "
	}
	does = append(does, how+rest+" all devices")
	for _, e := range a.Exceptions {
		does = append(does, exception+" "+e.Access+" of "+e.Devices)
	}
	return does
}

// makeRdt adds the group in resctrl.
func (c *creator) makeRdt() {
	if rdt := spec.IntelRdt(c.Spec); rdt != nil {
		does := []string{"make the group in resctrl or use it, and set its schemata"}
		if rdt.EnableMonitoring {
			does = append(does, "make a monitoring group in it")
		}
		c.do(0, "linux.intelRdt", rdt.ClosID, does...)
	}
}

// openIDMaps adds the user namespaces that map the ids of mounts.
func (c *creator) openIDMaps() {
	for _, name := range slices.Sorted(maps.Keys(c.Compiled.IDMaps)) {
		m := c.Compiled.IDMaps[name]
		if m.Path != "" {
			c.do(0, "mounts", "", "open the user namespace "+m.Path+", to map the ids of mounts")
			continue
		}
		c.do(0, "mounts", "", fmt.Sprintf("make a user namespace to map the ids of mounts: users %s, groups %s", ranges(m.UIDs), ranges(m.GIDs)))
	}
}

// clone adds the start of the image.
func (c *creator) clone() {
	p := c.Compiled
	flags := []string{}
	if p.Cloneflags != 0 {
		flags = append(flags, program.CloneFlags(uint64(p.Cloneflags)))
	}
	into := ""
	if c.Host.Cgroup.CanCloneInto() && !c.Options.JoinCgroup && !c.Options.AwaitCgroup {
		flags = append(flags, program.CloneFlags(unix.CLONE_INTO_CGROUP))
		into = ", right in the cgroup of the unified hierarchy"
	}
	text := "clone"
	if len(flags) > 0 {
		text += " with " + strings.Join(flags, "|")
	}
	does := []string{text + into, "execute the program's image in the child, from a sealed memfd"}
	if p.Dumpable {
		does = append(does, "let the image be dumpable, so that its ids can be mapped")
	}
	c.do(0, "linux.namespaces", "", does...)
}

// enterCgroup adds what systemd does.
func (c *creator) enterCgroup(step int) {
	scope := c.Host.Cgroup.Scope
	if c.Kind == Exec {
		c.do(step, "linux.cgroupsPath", scope.Unit, "have systemd move the process into the unit's cgroup")
		return
	}
	does := []string{"have systemd start the scope in " + scope.Slice + ", with the init in it and with the limits that it knows"}
	for _, p := range spec.UnitProperties(c.Spec.Annotations) {
		does = append(does, "with "+p.Name+"="+p.Value)
	}
	c.do(step, "linux.cgroupsPath", scope.Unit, does...)
	c.makeCgroups(step)
}

// mapIDs adds the maps of a new user namespace.
func (c *creator) mapIDs(step int) {
	for _, m := range []struct {
		path, file, helper string
		list               []specs.LinuxIDMapping
	}{
		{"linux.uidMappings", "uid_map", "newuidmap", c.Spec.Linux.UIDMappings},
		{"linux.gidMappings", "gid_map", "newgidmap", c.Spec.Linux.GIDMappings},
	} {
		text := "write the init's " + m.file
		if c.Host.OrdinaryUser {
			text += " (" + m.helper + " does, unless it has no id but the user's own)"
		}
		c.do(step, m.path, "", text+": "+ranges(m.list))
	}
}

// moveNetDevices adds the devices that move.
func (c *creator) moveNetDevices(step int) {
	for _, name := range slices.Sorted(maps.Keys(c.Spec.Linux.NetDevices)) {
		as := ""
		if n := c.Spec.Linux.NetDevices[name].Name; n != "" && n != name {
			as = " as " + n
		}
		c.do(step, fmt.Sprintf("linux.netDevices[%q]", name), name, "move the device into the init's network namespace"+as+", with its addresses")
	}
}

// runHooks adds the hooks of some stages.
func (c *creator) runHooks(step int, stages ...spec.HookStage) {
	for _, stage := range stages {
		for i, h := range spec.Hooks(c.Spec.Hooks, stage) {
			does := []string{"run the hook: " + hookText(stage, &h)}
			if stdout, stderr := spec.HookOutput(c.Spec.Annotations); stdout != "" || stderr != "" {
				does = append(does, fmt.Sprintf("append its output to %q and %q", stdout, stderr))
			}
			c.do(step, spec.HookPath(stage, i), h.Path, does...)
		}
	}
}

// ready adds what the creator does when the init is ready.
func (c *creator) ready(step int) {
	if c.Compiled.CreatorSetsLimits {
		for i, l := range c.Spec.Process.Rlimits {
			c.do(step, at("process.rlimits", i), l.Type, "set the init's limit: "+rlimit(l))
		}
		if s := c.Spec.Process.Scheduler; s != nil {
			c.do(step, "process.scheduler", "", "set the init's scheduling: "+scheduler(s))
		}
	}
	if spec.IntelRdt(c.Spec) != nil {
		c.do(step, "linux.intelRdt", "", "put the init into the group in resctrl")
	}
	for _, v := range c.Cgroups.Values {
		if c.delayed(v.File) && c.Kind == Start {
			c.do(step, v.Setting, "", write(v))
		}
	}
	if c.Kind == Start {
		c.do(step, "", "", "write down that the container is created, and the init's pid")
	}
	text := "acknowledge that the init is ready"
	if c.Compiled.WantsHome {
		text += ", with HOME out of the container's /etc/passwd"
	}
	c.do(step, "", "", text)
}

// released adds what start does before the init goes on.
func (c *creator) released() {
	if c.Kind == Start {
		step := max(c.Compiled.Released-1, 0)
		c.runHooks(step, spec.StartContainer)
		if c.Options.WaitForStart {
			c.do(step, "", "", "start: connect to the init, which executes the program")
		}
	}
}

// later returns what happens when the program runs.
func (c *creator) later() []Action {
	if c.Kind == Start {
		c.runHooks(0, spec.Poststart)
		c.runHooks(0, spec.Poststop)
	}
	return c.taken()
}
