package check

import (
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

func bind(source, dest string, more ...string) specs.Mount {
	return specs.Mount{Source: source, Destination: dest, Type: "bind", Options: append([]string{"rbind"}, more...)}
}

// lastMount adds a mount, which has index 10, with a source that exists.
func lastMount(s *specs.Spec, f *Facts, m specs.Mount) {
	s.Mounts = append(s.Mounts, m)
	f.Files[m.Source] = File{Kind: unix.S_IFDIR, Real: m.Source}
}

// ownUsers gives the container a user namespace.
func ownUsers(s *specs.Spec, f *Facts) {
	s.Linux.Namespaces = append(s.Linux.Namespaces, specs.LinuxNamespace{Type: specs.UserNamespace})
	ids := []specs.LinuxIDMapping{{ContainerID: 0, HostID: 100000, Size: 65536}}
	s.Linux.UIDMappings, s.Linux.GIDMappings = ids, ids
	f.Kernel.Namespaces = append(f.Kernel.Namespaces, specs.UserNamespace)
}

// withoutNamespace removes a type of namespaces.
func withoutNamespace(s *specs.Spec, t specs.LinuxNamespaceType) {
	var kept []specs.LinuxNamespace
	for _, n := range s.Linux.Namespaces {
		if n.Type != t {
			kept = append(kept, n)
		}
	}
	s.Linux.Namespaces = kept
}

// joins makes the container join a namespace by path.
func joins(s *specs.Spec, t specs.LinuxNamespaceType, path string) {
	for i := range s.Linux.Namespaces {
		if s.Linux.Namespaces[i].Type == t {
			s.Linux.Namespaces[i].Path = path
		}
	}
}

var specificationCases = []ruleCase{
	{"invalid-setting", Error, "process.cwd", func(s *specs.Spec, f *Facts) { s.Process.Cwd = "rel" }},
	{"invalid-setting", Error, "linux.namespaces[5].type", func(s *specs.Spec, f *Facts) {
		s.Linux.Namespaces = append(s.Linux.Namespaces, specs.LinuxNamespace{Type: specs.PIDNamespace})
	}},
	{"ignored-setting", Warning, "linux.uidMappings", func(s *specs.Spec, f *Facts) { s.Linux.UIDMappings = []specs.LinuxIDMapping{{Size: 1}} }},
	{"malformed-variable", Warning, "process.env[0]", func(s *specs.Spec, f *Facts) { s.Process.Env[0] = "PATH" }},
	{"unknown-capability", Warning, "process.capabilities.effective[14]", func(s *specs.Spec, f *Facts) {
		s.Process.Capabilities.Effective = append(s.Process.Capabilities.Effective, "CAP_PARTY")
	}},
	{"deprecated-setting", Info, "mounts[10].destination", func(s *specs.Spec, f *Facts) { lastMount(s, f, bind("/srv", "srv")) }},
	{"deprecated-setting", Info, "linux.resources.memory.useHierarchy", func(s *specs.Spec, f *Facts) { s.Linux.Resources.Memory.UseHierarchy = new(bool) }},
	{"deprecated-setting", Info, "linux.seccomp.syscalls[0].action", func(s *specs.Spec, f *Facts) {
		s.Linux.Seccomp.Syscalls[0].Action, s.Linux.Seccomp.Syscalls[0].ErrnoRet = specs.ActKill, nil
	}},
	{"deprecated-setting", Info, "hooks.prestart", func(s *specs.Spec, f *Facts) {
		s.Hooks = &specs.Hooks{Prestart: []specs.Hook{{Path: "/proc/7/exe", Args: []string{"libnetwork-setkey"}}}} //lint:ignore SA1019 Docker has it
		f.Files["/proc/7/exe"] = File{Kind: unix.S_IFREG}
	}},
}

var namespaceCases = []ruleCase{
	{"host-namespace", Warning, "linux.namespaces", func(s *specs.Spec, f *Facts) { withoutNamespace(s, specs.PIDNamespace) }},
	{"host-namespace", Warning, "linux.namespaces", func(s *specs.Spec, f *Facts) { withoutNamespace(s, specs.IPCNamespace) }},
	{"host-namespace", Warning, "linux.namespaces[1].path", func(s *specs.Spec, f *Facts) {
		s.Linux.Sysctl = nil
		joins(s, specs.NetworkNamespace, "/proc/1/ns/net")
		f.Namespaces["/proc/1/ns/net"] = Namespace{Type: specs.NetworkNamespace, Own: true}
	}},
	{silent, 0, "", func(s *specs.Spec, f *Facts) { // a pod's
		joins(s, specs.NetworkNamespace, "/run/netns/pod")
		f.Namespaces["/run/netns/pod"] = Namespace{Type: specs.NetworkNamespace}
	}},
	{"strong-capability", Warning, "process.capabilities.bounding[14]", func(s *specs.Spec, f *Facts) {
		s.Process.Capabilities.Bounding = append(s.Process.Capabilities.Bounding, "CAP_SYS_ADMIN")
	}},
	{"strong-capability", Info, "process.capabilities.permitted[14]", func(s *specs.Spec, f *Facts) { // of its own network
		s.Process.Capabilities.Permitted = append(s.Process.Capabilities.Permitted, "CAP_NET_ADMIN")
	}},
	{"strong-capability", Info, "process.capabilities.effective[14]", func(s *specs.Spec, f *Facts) {
		ownUsers(s, f)
		s.Process.Capabilities.Effective = append(s.Process.Capabilities.Effective, "CAP_SYS_PTRACE")
	}},
	{"strong-capability", Warning, "process.capabilities.bounding", func(s *specs.Spec, f *Facts) {
		for _, c := range strongCapabilities {
			s.Process.Capabilities.Bounding = append(s.Process.Capabilities.Bounding, c.name)
		}
	}},
	{silent, 0, "", ownUsers},
}

var mountCases = []ruleCase{
	{"runtime-socket", Warning, "mounts[10].source", func(s *specs.Spec, f *Facts) { lastMount(s, f, bind("/var/run/docker.sock", "/s", "ro")) }},
	{"runtime-socket", Warning, "mounts[10].source", func(s *specs.Spec, f *Facts) { lastMount(s, f, bind("/run/user/1000/podman/podman.sock", "/s")) }},
	{"runtime-socket", Warning, "mounts[10].source", func(s *specs.Spec, f *Facts) { // behind a link
		lastMount(s, f, bind("/srv/link", "/s"))
		f.Files["/srv/link"] = File{Kind: unix.S_IFSOCK, Real: "/run/containerd/containerd.sock"}
	}},
	{silent, 0, "", func(s *specs.Spec, f *Facts) { lastMount(s, f, bind("/run/app/app.sock", "/s")) }},
	{"host-directory", Warning, "mounts[10].source", func(s *specs.Spec, f *Facts) { lastMount(s, f, bind("/", "/host", "ro")) }},
	{"host-directory", Warning, "mounts[10].source", func(s *specs.Spec, f *Facts) { lastMount(s, f, bind("/etc/../etc/", "/host")) }},
	{"host-directory", Warning, "mounts[10].source", func(s *specs.Spec, f *Facts) { lastMount(s, f, bind("/etc/cron.d", "/host")) }},
	{"host-directory", Warning, "mounts[10].source", func(s *specs.Spec, f *Facts) { lastMount(s, f, bind("/usr/local/bin", "/host")) }},
	{"host-directory", Warning, "mounts[10].source", func(s *specs.Spec, f *Facts) { lastMount(s, f, bind("/proc", "/host/proc")) }},
	{"host-directory", Info, "mounts[10].source", func(s *specs.Spec, f *Facts) { lastMount(s, f, bind("/sys", "/host/sys", "ro")) }},
	{"host-directory", Warning, "mounts[10].source", func(s *specs.Spec, f *Facts) {
		lastMount(s, f, bind("/var/run", "/host/run"))
		f.Files["/var/run"] = File{Kind: unix.S_IFDIR, Real: "/run"}
	}},
	{silent, 0, "", func(s *specs.Spec, f *Facts) { lastMount(s, f, bind("/etc/localtime", "/etc/localtime", "ro")) }},
	{silent, 0, "", func(s *specs.Spec, f *Facts) {
		lastMount(s, f, bind("/usr/libexec/docker/docker-init", "/sbin/docker-init", "ro"))
	}},
	{silent, 0, "", func(s *specs.Spec, f *Facts) { lastMount(s, f, bind("/var/lib/docker/volumes/data/_data", "/data")) }},
	{silent, 0, "", func(s *specs.Spec, f *Facts) { lastMount(s, f, bind("/home/user/project", "/src")) }},
	{"shared-propagation", Warning, "mounts[10].options[1]", func(s *specs.Spec, f *Facts) { lastMount(s, f, bind("/srv", "/srv", "rshared")) }},
	{"shared-propagation", Warning, "linux.rootfsPropagation", func(s *specs.Spec, f *Facts) { s.Linux.RootfsPropagation = "rshared" }},
	{silent, 0, "", func(s *specs.Spec, f *Facts) { s.Linux.RootfsPropagation = "rslave" }},
	{"hidden-mount", Warning, "mounts[2].destination", func(s *specs.Spec, f *Facts) {
		s.Mounts = append(s.Mounts, specs.Mount{Type: "tmpfs", Source: "t", Destination: "/dev/pts/"})
	}},
	{"unmasked-path", Warning, "linux.maskedPaths", func(s *specs.Spec, f *Facts) { s.Linux.MaskedPaths = s.Linux.MaskedPaths[:2] }},
	{"unmasked-path", Info, "linux.maskedPaths", func(s *specs.Spec, f *Facts) { ownUsers(s, f); s.Linux.MaskedPaths = nil }},
	{silent, 0, "", func(s *specs.Spec, f *Facts) { s.Linux.MaskedPaths = []string{"/proc/", "/sys"} }},
	{"writable-proc", Warning, "linux.readonlyPaths", func(s *specs.Spec, f *Facts) { s.Linux.ReadonlyPaths = []string{"/proc/bus", "/proc/fs", "/proc/irq"} }},
	{silent, 0, "", func(s *specs.Spec, f *Facts) { s.Linux.ReadonlyPaths, s.Mounts[0].Options = nil, []string{"ro"} }},
	{"writable-sys", Warning, "mounts[3].options", func(s *specs.Spec, f *Facts) { s.Mounts[3].Options = nil }},
	{"writable-cgroups", Info, "mounts[4].options", func(s *specs.Spec, f *Facts) { s.Mounts[4].Options = nil }},
}

var deviceCases = []ruleCase{
	{"all-devices", Warning, "linux.resources.devices[8]", func(s *specs.Spec, f *Facts) { allow(s, "", "rwm") }},
	{"all-devices", Warning, "linux.resources.devices[8]", func(s *specs.Spec, f *Facts) { allow(s, "b", "r") }},
	{silent, 0, "", func(s *specs.Spec, f *Facts) { allow(s, "b", "m"); allow(s, "c", "m") }}, // as Podman and runc
	{silent, 0, "", func(s *specs.Spec, f *Facts) {
		allow(s, "a", "rwm")
		s.Linux.Resources.Devices = append(s.Linux.Resources.Devices, specs.LinuxDeviceCgroup{Access: "rwm"})
	}},
	{"host-device", Warning, "linux.devices[0]", func(s *specs.Spec, f *Facts) {
		s.Linux.Devices = []specs.LinuxDevice{{Path: "/dev/sda", Type: "b", Major: 8}, {Path: "/dev/sdb", Type: "b", Major: 8, Minor: 16}}
	}},
	{"host-device", Warning, "linux.devices[1]", func(s *specs.Spec, f *Facts) {
		s.Linux.Devices = []specs.LinuxDevice{{Path: "/dev/fuse", Type: "c", Major: 10, Minor: 229}, {Path: "/dev/mem", Type: "c", Major: 1, Minor: 1}}
	}},
	{"host-device", Warning, "mounts[10].source", func(s *specs.Spec, f *Facts) {
		lastMount(s, f, bind("/dev/disk/by-id/x", "/dev/x"))
		f.Files["/dev/disk/by-id/x"] = File{Kind: unix.S_IFBLK, Real: "/dev/sda"}
	}},
}

func allow(s *specs.Spec, kind, access string) {
	s.Linux.Resources.Devices = append(s.Linux.Resources.Devices, specs.LinuxDeviceCgroup{Allow: true, Type: kind, Access: access})
}

var practiceCases = []ruleCase{
	{"no-seccomp", Info, "linux.seccomp", func(s *specs.Spec, f *Facts) { s.Linux.Seccomp = nil }},
	{"no-seccomp", Info, "linux.seccomp.defaultAction", func(s *specs.Spec, f *Facts) { s.Linux.Seccomp.DefaultAction = specs.ActAllow }},
	{"inheritable-capabilities", Info, "process.capabilities.inheritable", func(s *specs.Spec, f *Facts) { s.Process.Capabilities.Inheritable = []string{"CAP_CHOWN"} }},
	{"never-killed", Info, "process.oomScoreAdj", func(s *specs.Spec, f *Facts) { adj := -1000; s.Process.OOMScoreAdj = &adj }},
	{"host-annotation", Info, `annotations["org.systemd.property.TimeoutStopUSec"]`, func(s *specs.Spec, f *Facts) {
		s.Annotations = map[string]string{"org.systemd.property.TimeoutStopUSec": "uint64 1", "harmless": "x"}
	}},
	{silent, 0, "", func(s *specs.Spec, f *Facts) {
		s.Process.NoNewPrivileges, s.Root.Readonly, s.Process.User.UID = true, true, 1000
		s.Process.ApparmorProfile, f.Kernel.Profiles = "docker-default", []string{"docker-default"}
		s.Linux.Resources.Unified = map[string]string{"memory.max": "1", "pids.max": "1"}
	}},
}

var hostCases = []ruleCase{
	{"old-kernel", Error, "config.json", func(s *specs.Spec, f *Facts) { f.Trouble = "is 4.19" }},
	{"missing-rootfs", Error, "root.path", func(s *specs.Spec, f *Facts) { f.Files[s.Root.Path] = File{Problem: "does not exist", Missing: true} }},
	{"missing-rootfs", Error, "root.path", func(s *specs.Spec, f *Facts) { f.Files[s.Root.Path] = File{Kind: unix.S_IFREG} }},
	{"noexec-rootfs", Error, "root.path", func(s *specs.Spec, f *Facts) { f.RootfsNoExec = true }},
	{"missing-program", Error, "process.args[0]", func(s *specs.Spec, f *Facts) { f.Program = Program{Problem: "is missing"} }},
	{"missing-source", Error, "mounts[7].source", func(s *specs.Spec, f *Facts) { f.Files[s.Mounts[7].Source] = File{Problem: "does not exist"} }},
	{"missing-hook", Error, "hooks.poststop[0].path", func(s *specs.Spec, f *Facts) { poststop(s, f, File{Problem: "does not exist"}) }},
	{"missing-hook", Error, "hooks.poststop[0].path", func(s *specs.Spec, f *Facts) { poststop(s, f, File{Kind: unix.S_IFDIR}) }},
	{silent, 0, "", func(s *specs.Spec, f *Facts) {
		s.Hooks = &specs.Hooks{StartContainer: []specs.Hook{{Path: "/in/container"}}}
	}},
	{"writable-hook", Warning, "hooks.poststop[0].path", func(s *specs.Spec, f *Facts) {
		poststop(s, f, File{Kind: unix.S_IFREG, Writers: "/hook can be written by everybody"})
	}},
	{"writable-bundle", Warning, "config.json", func(s *specs.Spec, f *Facts) { f.Files["config.json"] = File{Writers: "belongs to user 7"} }},
	{"missing-device", Error, "linux.devices[0].path", func(s *specs.Spec, f *Facts) {
		ownUsers(s, f)
		s.Linux.Devices = []specs.LinuxDevice{{Path: "/dev/fuse", Type: "c", Major: 10, Minor: 229}}
		f.Files["/dev/fuse"] = File{Problem: "does not exist"}
	}},
	{"missing-net-device", Error, `linux.netDevices["eth7"]`, func(s *specs.Spec, f *Facts) {
		s.Linux.NetDevices = map[string]specs.LinuxNetDevice{"eth7": {}}
		f.Kernel.NoNetDevice = map[string]bool{"eth7": true}
	}},
	{"bad-namespace", Error, "linux.namespaces[1].path", func(s *specs.Spec, f *Facts) {
		joins(s, specs.NetworkNamespace, "/run/netns/x")
		f.Namespaces["/run/netns/x"] = Namespace{Problem: "does not exist"}
	}},
	{"bad-namespace", Error, "linux.namespaces[1].path", func(s *specs.Spec, f *Facts) {
		joins(s, specs.NetworkNamespace, "/run/netns/x")
		f.Namespaces["/run/netns/x"] = Namespace{Type: specs.PIDNamespace}
	}},
	{"unsupported-namespace", Error, "linux.namespaces[0].type", func(s *specs.Spec, f *Facts) { f.Kernel.Namespaces = f.Kernel.Namespaces[1:] }},
	{"unsupported-namespace", Error, "linux.namespaces[5].type", func(s *specs.Spec, f *Facts) { ownUsers(s, f); f.NoUserNamespace = "is forbidden" }},
	{"needs-user-namespace", Error, "linux.namespaces", func(s *specs.Spec, f *Facts) { f.Ordinary, f.Capabilities = true, 0 }},
	{"unsupported-filesystem", Error, "mounts[10].type", func(s *specs.Spec, f *Facts) {
		lastMount(s, f, specs.Mount{Type: "fuse.x", Source: "x", Destination: "/x"})
	}},
	{"unsupported-filesystem", Warning, "mounts[10].type", func(s *specs.Spec, f *Facts) {
		f.Kernel.MaybeMore = true
		lastMount(s, f, specs.Mount{Type: "xfs", Source: "/dev/x", Destination: "/x"})
	}},
	{"unsupported-lsm", Error, "process.apparmorProfile", func(s *specs.Spec, f *Facts) { s.Process.ApparmorProfile, f.Kernel.AppArmor = "p", false }},
	{"unsupported-lsm", Error, "process.apparmorProfile", func(s *specs.Spec, f *Facts) { s.Process.ApparmorProfile, f.Kernel.Profiles = "p", []string{"q"} }},
	{"unsupported-lsm", Error, "process.selinuxLabel", func(s *specs.Spec, f *Facts) { s.Process.SelinuxLabel, f.Kernel.SELinux = "a:b:c:d", false }},
	{"unsupported-lsm", Error, "linux.mountLabel", func(s *specs.Spec, f *Facts) { s.Linux.MountLabel, f.Kernel.SELinux = "a:b:c:d", false }},
	{"unsupported-seccomp", Error, "linux.seccomp.flags[0]", func(s *specs.Spec, f *Facts) {
		s.Linux.Seccomp.Flags = []specs.LinuxSeccompFlag{specs.LinuxSeccompFlagLog}
	}},
	{"unsupported-seccomp", Error, "linux.seccomp.defaultAction", func(s *specs.Spec, f *Facts) {
		s.Linux.Seccomp.DefaultAction, f.Kernel.SeccompActions = specs.ActKillProcess, []string{"errno", "allow"}
	}},
	{"unsupported-seccomp", Error, "linux.seccomp", func(s *specs.Spec, f *Facts) { f.Kernel.SeccompFault = "is too large" }},
	{"unsupported-sysctl", Error, `linux.sysctl["net.ipv4.ping_group_range"]`, func(s *specs.Spec, f *Facts) {
		f.Kernel.NoSysctl = map[string]bool{"net.ipv4.ping_group_range": true}
	}},
	{"unsupported-limit", Error, "linux.resources.pids", func(s *specs.Spec, f *Facts) { f.Limits = []Obstacle{{"linux.resources.pids", "needs it", ""}} }},
	{"unsupported-cgroup", Error, "linux.cgroupsPath", func(s *specs.Spec, f *Facts) { f.CgroupsPath = "is not delegated" }},
	{"unsupported-rdt", Error, "linux.intelRdt", func(s *specs.Spec, f *Facts) {
		s.Linux.IntelRdt, f.Kernel.NoResctrl = &specs.LinuxIntelRdt{ClosID: "a"}, true
	}},
	{"unmapped-id", Error, "linux.uidMappings[0].hostID", func(s *specs.Spec, f *Facts) { ordinary(s, f, 0) }},
	{"unmapped-id", Error, "linux.uidMappings", func(s *specs.Spec, f *Facts) {
		ordinary(s, f, 65536)
		s.Linux.GIDMappings = []specs.LinuxIDMapping{{HostID: 1000, Size: 1}}
		f.User.NoHelper = "newuidmap"
	}},
	{silent, 0, "", func(s *specs.Spec, f *Facts) { ordinary(s, f, 65536) }},
	{"high-rlimit", Error, "process.rlimits[0].hard", func(s *specs.Spec, f *Facts) { rlimit(s, "RLIMIT_NOFILE", 1<<21) }},
	{"high-rlimit", Error, "process.rlimits[0].hard", func(s *specs.Spec, f *Facts) {
		rlimit(s, "RLIMIT_CORE", 1)
		f.Kernel.RlimitsAbove = []string{"RLIMIT_CORE"}
	}},
	{"unavailable-capability", Warning, "process.capabilities.bounding[0]", func(s *specs.Spec, f *Facts) { f.Capabilities &^= 1 }},
}

func poststop(s *specs.Spec, f *Facts, file File) {
	s.Hooks = &specs.Hooks{Poststop: []specs.Hook{{Path: "/hook"}}}
	f.Files["/hook"] = file
}

// ordinary makes the runtime's user one who may map some ids.
func ordinary(s *specs.Spec, f *Facts, count uint32) {
	ownUsers(s, f)
	f.Ordinary = true
	f.User = IDs{Name: "user", UID: 1000, GID: 1000, UIDs: []Range{{100000, count}}, GIDs: []Range{{100000, 65536}}}
}

func rlimit(s *specs.Spec, kind string, hard uint64) {
	s.Process.Rlimits = []specs.POSIXRlimit{{Type: kind, Hard: hard}}
}
