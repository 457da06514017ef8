package check

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// kernel is about what the kernel has to know.
func (c *checker) kernel() {
	c.lsm()
	c.filter()
	k := &c.facts.Kernel
	c.sysctls()
	for _, name := range sortedKeys(c.linux.NetDevices) {
		if k.NoNetDevice[name] {
			c.find("missing-net-device", member("linux.netDevices", name), "the host has no network device "+name, "one of /sys/class/net")
		}
	}
	if c.linux.IntelRdt != nil && k.NoResctrl {
		c.find("unsupported-rdt", "linux.intelRdt", "resctrl is not mounted on this host", "it at /sys/fs/resctrl")
	}
}

func (c *checker) sysctls() {
	net := spec.FindNamespace(c.spec, specs.NetworkNamespace)
	for _, key := range sortedKeys(c.linux.Sysctl) {
		at := member("linux.sysctl", key)
		switch {
		case c.facts.Kernel.NoSysctl[key]:
			c.find("unsupported-sysctl", at, "this kernel has no such parameter", "one that is in /proc/sys")
		case net >= 0 && c.isHosts(net) && strings.HasPrefix(spec.SysctlPath(key), "net/"):
			c.find("unsupported-sysctl", at, "would be set on the host, whose network namespace linux.namespaces["+strconv.Itoa(net)+"].path is", "another network namespace")
		}
	}
}

func (c *checker) lsm() {
	k := &c.facts.Kernel
	switch p := c.proc.ApparmorProfile; {
	case p == "" || p == "unconfined":
	case !k.AppArmor:
		c.find("unsupported-lsm", "process.apparmorProfile", "is "+strconv.Quote(p)+", and AppArmor is not enabled on this host", "no profile, or a host with AppArmor")
	case k.Profiles != nil && !slices.Contains(k.Profiles, p):
		c.find("unsupported-lsm", "process.apparmorProfile", "is "+strconv.Quote(p)+", which is not loaded", "a profile of /sys/kernel/security/apparmor/profiles: see apparmor_parser(8)")
	}
	if l := c.proc.SelinuxLabel; l != "" && !k.SELinux {
		c.find("unsupported-lsm", "process.selinuxLabel", "is "+strconv.Quote(l)+", and SELinux is not enabled on this host", "no label, or a host with SELinux")
	}
	if l := c.linux.MountLabel; l != "" && !k.SELinux {
		c.find("unsupported-lsm", "linux.mountLabel", "is "+strconv.Quote(l)+", and SELinux is not enabled on this host", "no label, or a host with SELinux")
	}
}

// actionName returns what the kernel calls an action of a profile
// (/proc/sys/kernel/seccomp/actions_avail).
func actionName(a specs.LinuxSeccompAction) string {
	switch a {
	case specs.ActKill:
		return "kill_thread"
	case specs.ActNotify:
		return "user_notif"
	}
	return strings.ToLower(strings.TrimPrefix(string(a), "SCMP_ACT_"))
}

func (c *checker) filter() {
	s, k := c.linux.Seccomp, &c.facts.Kernel
	if s == nil {
		return
	}
	if k.SeccompFault != "" {
		c.find("unsupported-seccomp", "linux.seccomp", k.SeccompFault, "")
	}
	for i, f := range s.Flags {
		if _, known := spec.SeccompFlag(f); known && !slices.Contains(k.SeccompFlags, string(f)) {
			c.find("unsupported-seccomp", element("linux.seccomp.flags", i, ""), "this kernel does not know "+string(f), "a newer kernel, or the filter without it")
		}
	}
	c.action("linux.seccomp.defaultAction", s.DefaultAction)
	for i := range s.Syscalls {
		c.action(element("linux.seccomp.syscalls", i, "action"), s.Syscalls[i].Action)
	}
}

func (c *checker) action(at string, a specs.LinuxSeccompAction) {
	have := c.facts.Kernel.SeccompActions
	if _, _, known := spec.SeccompAction(a); known && have != nil && !slices.Contains(have, actionName(a)) {
		c.find("unsupported-seccomp", at, "this kernel does not know "+string(a), "a newer kernel, or another action")
	}
}

// resources is about limits.
func (c *checker) resources() {
	for _, o := range c.facts.Limits {
		c.find("unsupported-limit", o.Path, o.Problem, o.Want)
	}
	if c.facts.CgroupsPath != "" {
		c.find("unsupported-cgroup", "linux.cgroupsPath", c.facts.CgroupsPath, "a cgroup that is delegated to the user, or neither it nor limits")
	}
	k := &c.facts.Kernel
	for i, l := range c.proc.Rlimits {
		at := element("process.rlimits", i, "hard")
		switch {
		case l.Type == "RLIMIT_NOFILE" && k.NrOpen > 0 && l.Hard > k.NrOpen:
			c.find("high-rlimit", at, "is "+strconv.FormatUint(l.Hard, 10)+", and nobody may have more open files than /proc/sys/fs/nr_open", "at most "+strconv.FormatUint(k.NrOpen, 10))
		case slices.Contains(k.RlimitsAbove, l.Type):
			c.find("high-rlimit", at, "is "+strconv.FormatUint(l.Hard, 10)+", more than the runtime's own hard limit, and the runtime does not have CAP_SYS_RESOURCE", "at most the runtime's own")
		}
	}
}

// ids is about ids that an ordinary user may not map.
func (c *checker) ids() {
	if !c.facts.Ordinary || !spec.NewNamespace(c.spec, specs.UserNamespace) {
		return
	}
	u := &c.facts.User
	c.mapping("linux.uidMappings", c.linux.UIDMappings, u.UID, u.UIDs, "/etc/subuid")
	c.mapping("linux.gidMappings", c.linux.GIDMappings, u.GID, u.GIDs, "/etc/subgid")
}

func (c *checker) mapping(at string, list []specs.LinuxIDMapping, own uint32, granted []Range, file string) {
	if len(list) == 1 && list[0].Size == 1 && list[0].HostID == own {
		return // the kernel lets a user do that
	}
	if helper := c.facts.User.NoHelper; helper != "" {
		c.find("unmapped-id", at, "needs "+helper+", which is not installed", "the own id alone, or that program (Debian: uidmap)")
		return
	}
	granted = append([]Range{{own, 1}}, granted...)
	for i, m := range list {
		if !covered(m.HostID, m.Size, granted) {
			c.find("unmapped-id", element(at, i, "hostID"), "has ids that "+file+" does not grant to "+c.facts.User.Name, "ids of "+file)
		}
	}
}

// covered reports whether one of the ranges has all ids of a mapping, as newuidmap(1)
// demands.
func covered(first, count uint32, ranges []Range) bool {
	return slices.ContainsFunc(ranges, func(r Range) bool {
		return first >= r.First && uint64(first)+uint64(count) <= uint64(r.First)+uint64(r.Count)
	})
}

// available is about capabilities that the runtime does not have. In a new user
// namespace, root has all.
func (c *checker) available() {
	if spec.NewNamespace(c.spec, specs.UserNamespace) || c.needsUserNamespace() {
		return
	}
	told := c.facts.Capabilities
	for _, set := range c.capabilitySets() {
		for i, name := range set.list {
			bit, ok := spec.Capability(name)
			if ok && told>>bit&1 == 0 {
				told |= 1 << bit
				c.find("unavailable-capability", element("process.capabilities."+set.name, i, ""), name+" is not available to the runtime here, so the process does not get it", "it left out, or given to the runtime")
			}
		}
	}
}

func sortedKeys[T any](m map[string]T) []string { return slices.Sorted(maps.Keys(m)) }
