package hostinfo

import (
	"fmt"
	"slices"
	"strings"
)

// FindMissing lists what the host does not have, what does not work because of that, and
// how to get it. It fills in r.Missing.
func (r *Report) FindMissing() {
	r.Missing = []Missing{}
	for _, find := range []func(){
		r.missingKernel, r.missingCgroups, r.missingNamespaces, r.missingUserNamespaces, r.missingSecurity,
		r.missingSeccomp, r.missingMounts, r.missingImage, r.missingPrograms,
	} {
		find()
	}
}

func (r *Report) miss(what, effect, remedy string) {
	r.Missing = append(r.Missing, Missing{what, effect, remedy})
}

func (r *Report) missingKernel() {
	if !atLeast(r.Kernel.Release, 5, 14) {
		r.miss("Linux 5.14 or newer", "no container can be created", "install a newer kernel")
	}
	if !r.HasFilesystem("proc") {
		r.miss("/proc", "what this report says is not reliable", "mount a proc file system on /proc")
	}
}

// controllers are what limits need, by version. Those of v1 that v2 has no controller for
// have "".
var controllers = [...]struct{ v1, v2, settings string }{
	{"blkio", "io", "linux.resources.blockIO"},
	{"cpu", "cpu", "linux.resources.cpu"},
	{"cpuset", "cpuset", "linux.resources.cpu.cpus and mems"},
	{"devices", "", "linux.resources.devices"},
	{"freezer", "", "pause, resume and checkpoint"},
	{"hugetlb", "hugetlb", "linux.resources.hugepageLimits"},
	{"memory", "memory", "linux.resources.memory"},
	{"net_cls", "", "linux.resources.network.classID"},
	{"net_prio", "", "linux.resources.network.priorities"},
	{"pids", "pids", "linux.resources.pids"},
	{"rdma", "rdma", "linux.resources.rdma"},
}

func (r *Report) missingCgroups() {
	c := &r.Cgroups
	switch c.Layout {
	case "none":
		r.miss("cgroups", "no container can have cgroups or limits", "mount -t cgroup2 cgroup2 /sys/fs/cgroup")
		return
	case "v1", "hybrid":
		r.miss("cgroup v2", "linux.resources.unified is an error, and ordinary users cannot set limits",
			"boot with systemd.unified_cgroup_hierarchy=1, or mount cgroup2 on /sys/fs/cgroup")
	}
	var denied []string
	for _, want := range controllers {
		name, remedy := want.v1, "mount -t cgroup -o "+want.v1+" "+want.v1+" /sys/fs/cgroup/"+want.v1+", if the kernel has it"
		if c.Version() == 2 {
			name, remedy = want.v2, "boot without cgroup_disable="+want.v2+", and write +"+want.v2+" to cgroup.subtree_control above"
		}
		switch have := c.Find(name); {
		case name == "":
		case have == nil:
			r.miss("cgroup controller "+name, want.settings+": an error", remedy)
		case !have.Usable:
			denied = append(denied, name)
		}
	}
	if len(denied) > 0 {
		r.miss("delegated cgroups with "+strings.Join(denied, ", "), "limits are an error for this user",
			"let the user's systemd make the cgroups, with Delegate= in a drop-in of user@.service, on cgroup v2")
	}
}

func (r *Report) missingNamespaces() {
	for _, ns := range [...]struct{ name, config string }{
		{"cgroup", "CONFIG_CGROUPS"}, {"ipc", "CONFIG_IPC_NS"}, {"mnt", "CONFIG_NAMESPACES"}, {"net", "CONFIG_NET_NS"},
		{"pid", "CONFIG_PID_NS"}, {"time", "CONFIG_TIME_NS, since Linux 5.6"}, {"user", "CONFIG_USER_NS"}, {"uts", "CONFIG_UTS_NS"},
	} {
		if !r.HasNamespace(ns.name) {
			r.miss(ns.name+" namespaces", "an error if linux.namespaces asks for one", "a kernel with "+ns.config)
		}
	}
}

func (r *Report) missingUserNamespaces() {
	u := &r.User
	switch {
	case !r.HasNamespace("user"):
		return
	case u.MaxUserNamespaces == 0:
		r.miss("permission for user namespaces", "no container can have a user namespace, so that ordinary users have no containers",
			"sysctl -w user.max_user_namespaces=15000")
	case r.Security.RestrictedUserns:
		r.miss("user namespaces of ordinary users", "AppArmor denies their root everything: ordinary users have no containers",
			"an AppArmor profile for rt with the rule userns, or sysctl -w kernel.apparmor_restrict_unprivileged_userns=0")
	case !u.Unprivileged:
		r.miss("user namespaces of ordinary users", "ordinary users have no containers", "sysctl -w kernel.unprivileged_userns_clone=1")
	case u.NewUserNamespace != "":
		r.miss("user namespaces", "none could be made: "+u.NewUserNamespace, "see linux.namespaces in the list of errors")
	}
	if len(u.Helpers) < 2 {
		r.miss("newuidmap and newgidmap", "ordinary users can map no id but their own", "install the package uidmap, or shadow-utils")
	}
	if u.UID != 0 && (u.SubUIDs == 0 || u.SubGIDs == 0) {
		r.miss("subordinate ids for this user", "containers can have no id but the user's own",
			"lines for the user in /etc/subuid and /etc/subgid: see usermod(8)")
	}
}

func (r *Report) missingSecurity() {
	s := &r.Security
	if !s.AppArmor && s.SELinux == "" {
		r.miss("a security module that confines containers", "only capabilities and seccomp confine the root of a container without user namespace",
			"boot with apparmor=1 or selinux=1, and the module in lsm=")
	}
	if !s.AppArmor {
		r.miss("AppArmor", "process.apparmorProfile: an error", "a kernel with CONFIG_SECURITY_APPARMOR, booted with apparmor=1")
	}
	if s.SELinux == "" {
		r.miss("SELinux", "process.selinuxLabel and linux.mountLabel: an error", "a kernel with CONFIG_SECURITY_SELINUX, and a policy")
	}
}

func (r *Report) missingSeccomp() {
	if len(r.Seccomp.Actions) == 0 {
		r.miss("seccomp filters", "linux.seccomp: an error", "a kernel with CONFIG_SECCOMP_FILTER")
		return
	}
	for _, name := range []string{"allow", "errno", "kill_process", "kill_thread", "log", "trace", "trap", "user_notif"} {
		if !slices.Contains(r.Seccomp.Actions, name) {
			r.miss("seccomp action "+name, "an error if linux.seccomp uses it", "a newer kernel")
		}
	}
}

func (r *Report) missingMounts() {
	for _, m := range r.IDMapped {
		if !m.Possible {
			r.miss("id-mapped mounts of "+m.Filesystem, "mounts[].uidMappings and idmap: an error if the source is on one",
				"a newer kernel, or another file system")
		}
	}
	switch {
	case !r.Overlay.Possible:
		r.miss("overlay", "engines copy images, or mount them by FUSE", "modprobe overlay")
	case !r.Overlay.UserNamespaces:
		r.miss("overlay in user namespaces", "engines of ordinary users copy images, or mount them by FUSE", "Linux 5.11")
	}
	if r.IntelRdt.Mount == "" {
		r.miss("resctrl", "linux.intelRdt: an error", "mount -t resctrl resctrl /sys/fs/resctrl, if the processor can do that")
	}
}

func (r *Report) missingImage() {
	if r.Image.Memfd {
		return
	}
	effect := "each start mounts a tmpfs for its image"
	if r.User.Rootless {
		effect = "this user can start no container"
	}
	r.miss("execution of memfds", effect, "sysctl -w vm.memfd_noexec=1")
}

func (r *Report) missingPrograms() {
	if r.CRIU.Error != "" {
		r.miss("criu", "no checkpoint and restore: "+r.CRIU.Error, "install criu 3.16 or newer, and be root")
	}
	r.missingAbilities()
	if r.Systemd.Error != "" || !r.Systemd.Booted {
		r.miss(fmt.Sprintf("systemd of the %s", r.Systemd.Manager), "it can make no cgroups for containers: "+r.Systemd.Error,
			"boot with systemd, and for an ordinary user log in, or loginctl enable-linger")
	}
}

func (r *Report) missingAbilities() {
	c := &r.CRIU
	if c.Error != "" {
		return
	}
	for _, ability := range [...]struct {
		has        bool
		what, lost string
		remedy     string
	}{
		{c.Works, "a criu that works with this kernel", "checkpoint and restore may fail", "a newer criu: criu check says what fails"},
		{c.MemTrack, "memory tracking for criu", "pre-dumps save all memory each time", "a kernel with CONFIG_MEM_SOFT_DIRTY"},
		{c.LazyPages, "lazy pages for criu", "no restore whose memory follows later", "a kernel with CONFIG_USERFAULTFD, and vm.unprivileged_userfaultfd=1"},
	} {
		if !ability.has {
			r.miss(ability.what, ability.lost, ability.remedy)
		}
	}
}
