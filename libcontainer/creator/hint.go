package creator

import (
	"strings"

	"golang.org/x/sys/unix"
)

// hints say what an errno means at the steps of a setting, and what a user can
// do about it. The first hint that fits is used.
var hints = [...]struct {
	path  string // the setting, or one that it is part of
	errno unix.Errno
	doing string // what the step does has this text in it; all texts have ""
	text  string
}{
	{"", unix.ESRCH, "join the container's namespaces", "the container's first process has ended meanwhile"},
	{"linux.cgroupsPath", unix.ENOSPC, "", "its cpuset has no CPUs or no memory nodes: set linux.resources.cpu.cpus and mems, or those of the cgroups above it"},
	{"linux.memoryPolicy", unix.ENOSYS, "", "this kernel is built without CONFIG_NUMA"},
	{"linux.memoryPolicy", unix.EINVAL, "", "a node is not online or not in the container's cpuset, or the mode is newer than the kernel"},
	{"", unix.ENOSYS, "", "this kernel does not have the system call, or a seccomp filter around rt hides it"},
	{"", unix.ESTALE, "", "what was there is gone from the server of this file system: unmount it on the host and mount it again"},
	{"", unix.ENOTCONN, "", "the process that serves this FUSE file system has ended: unmount it on the host and mount it again"},
	{"linux.namespaces", unix.EAGAIN, "", "the limit of processes is reached, of the cgroup (pids.limit), the user or the host: an exec takes two for a moment"},
	{"linux.namespaces", unix.ENOSPC, "", "the host allows no more of them, or none: raise the limits in /proc/sys/user, such as user.max_user_namespaces"},
	{"linux.namespaces", unix.EPERM, "", "rt has not the rights over the user namespace that it belongs to, or the host restricts user namespaces of ordinary users: " +
		"see kernel.apparmor_restrict_unprivileged_userns and kernel.unprivileged_userns_clone in /proc/sys"},
	{"linux.namespaces", unix.ENOENT, "", "what kept the namespace at this path is gone: make it anew, or start what it belongs to"},
	{"linux.namespaces", unix.EINVAL, "create ", "this kernel has no namespaces of this type"},
	{"linux.namespaces", unix.EINVAL, "", "the path is not a namespace of this type"},
	{"linux.seccomp", unix.EINVAL, "", "this kernel does not know one of the flags or actions, or has no seccomp filters"},
	{"linux.seccomp", unix.EACCES, "", "without process.noNewPrivileges that needs CAP_SYS_ADMIN, which rt does not have here"},
	{"linux.seccomp", unix.EBUSY, "", "rt itself runs with a filter that has an agent, and the kernel takes one"},
	{"linux.sysctl", unix.EACCES, "", "this kernel lets only the host's root set it, not that of a user namespace"},
	{"linux.sysctl", unix.EINVAL, "", "the parameter does not take this value"},
	{"linux.sysctl", unix.ENOENT, "", "this kernel has no such parameter"},
	{"linux.timeOffsets", unix.ENOENT, "", "this kernel has no time namespaces, as all of 32-bit ARM"},
	{"linux.timeOffsets", unix.ERANGE, "", "with this offset the clock would be below zero or after 146 years"},
	{"", unix.EPERM, "create device", "that needs CAP_MKNOD on the host, and the device must be allowed in rt's own cgroup: in a user namespace containers have the host's devices, mounted"},

	{"mounts", unix.EACCES, "open the source", "a directory on the way lets rt's user not through, or a security module does not"},
	{"mounts", unix.ENOENT, "open the source", "the host has no such path: make it, or correct mounts[].source"},
	{"mounts", unix.EINVAL, "map the ids", "use a source on a file system with FS_ALLOW_IDMAP, such as ext4, xfs, btrfs or tmpfs (Linux 6.3), or leave the mapping out"},
	{"mounts", unix.ELOOP, "find or make", "symbolic links in the root file system lead in a circle"},
	{"mounts", unix.EMFILE, "", "more mounts that are opened ahead than the hard limit of open files allows: see ulimit -Hn"},
	{"mounts", unix.ENAMETOOLONG, "", "a part of the path has more than 255 bytes"},
	{"mounts", unix.ENODEV, "find the file system type", "this kernel does not have the file system type: load its module, or correct mounts[].type"},
	{"mounts", unix.ENOENT, " with ", "a path in the option does not exist on the host"},
	{"mounts", unix.EINVAL, " with ", "the file system does not know this option, or not with this value"},
	{"mounts", unix.ENOENT, "mount ", "the host has no such source"},
	{"mounts", unix.ENOTBLK, "", "the source of this file system must be a block device"},
	{"mounts", unix.ENOSPC, "", "a file system is full, or has no inodes left"},
	{"mounts", unix.ENOTDIR, "bind mount", "source and destination must be directories, or neither: are you trying to mount a directory onto a file, or vice versa?"},
	{"mounts", unix.ENOTDIR, "find or make", "a part of the destination is a file in the root file system"},
	{"mounts", unix.EPERM, "mount ", "the root of a user namespace may not mount this file system, and elsewhere that needs CAP_SYS_ADMIN: use a bind mount of the host's"},
	{"mounts", unix.EROFS, "find or make", "the mount point is not in the root file system, which is read-only on the host: make it in the image"},

	{"process.apparmorProfile", unix.EACCES, "", "the profile that rt itself has does not let it change to this one"},
	{"process.apparmorProfile", unix.EINVAL, "not enabled", "leave process.apparmorProfile empty, or boot with apparmor=1"},
	{"process.apparmorProfile", unix.ENOENT, "no such profile", "load it with apparmor_parser, or correct its name"},
	{"process.selinuxLabel", unix.EACCES, "", "the policy does not let rt give this label"},
	{"process.selinuxLabel", unix.EINVAL, "no SELinux", correctLabels},
	{"linux.mountLabel", unix.EINVAL, "no SELinux", correctLabels},
	{"process.args", unix.ENOENT, "not found in $PATH", "want a program in one of the directories of PATH in process.env, in the root file system"},
	{"process.args", unix.ENOENT, ": stat ", "the root file system has no such file"},
	{"process.args", unix.EACCES, "", "the file is not executable for process.user, is a directory, its file system is mounted noexec, or SELinux or AppArmor forbids it"},
	{"process.args", unix.EPERM, "", "a seccomp filter, of linux.seccomp or around rt, or a security module does not allow execve(2)"},
	{"process.args", unix.E2BIG, "", "with process.env that is more than the kernel takes: 128 KiB for one string, and a quarter of RLIMIT_STACK for all (execve(2))"},
	{"process.args", unix.ELOOP, "", "symbolic links in the root file system lead in a circle"},
	{"process.args", unix.ENOEXEC, "", "not a program for this machine, or a script without #! line"},
	{"process.args", unix.ETXTBSY, "", "somebody has the file open for writing"},
	{"process.cwd", unix.EACCES, "", "the user may not enter the directory, or one on the way"},
	{"process.cwd", unix.ENOENT, "", "the root file system has no such directory"},
	{"process.cwd", unix.ENOTDIR, "", "it is a file in the root file system, or leads through one"},
	{"process.cwd", unix.EROFS, "", "the directory is not in the root file system, which is read-only on the host: make it in the image"},
	{"process.ioPriority", unix.EPERM, "", "the class for real time needs CAP_SYS_NICE or CAP_SYS_ADMIN, which rt does not have here"},
	{"process.oomScoreAdj", unix.EACCES, "", "that needs CAP_SYS_RESOURCE, which rt does not have here"},
	{"process.rlimits", unix.EPERM, "", "to raise a limit needs CAP_SYS_RESOURCE, which rt does not have here; nobody raises RLIMIT_NOFILE above /proc/sys/fs/nr_open"},
	{"process.scheduler", unix.EPERM, "", "that needs CAP_SYS_NICE, and real time on cgroup v1 linux.resources.cpu.realtimeRuntime"},
	{"process.scheduler", unix.EBUSY, "", "the CPUs have no such bandwidth left for deadlines"},
	{"process.scheduler", unix.EOPNOTSUPP, "", "this kernel is built without CONFIG_UCLAMP_TASK"},
	{"process.user.additionalGids", unix.EPERM, "", "the user namespace denies setgroups(2), as its creator was not privileged"},
	{"process.user.additionalGids", unix.EINVAL, "", "the user namespace has no such group: see linux.gidMappings"},
	{"process.user.gid", unix.EINVAL, "", "the user namespace has no such group: see linux.gidMappings"},
	{"process.user.uid", unix.EINVAL, "", "the user namespace has no such user: see linux.uidMappings"},
}

// correctLabels is what can be done about a label that means nothing.
const correctLabels = "leave process.selinuxLabel and linux.mountLabel empty, or correct the label"

// namespaceFull is what ENOSPC means at a step that attaches a mount
// (count_mounts in fs/namespace.c).
const namespaceFull = "the mount namespace is full: see /proc/sys/fs/mount-max"

// hint returns the hint for an error, or "". The whole text of a failure, which the
// program has, gets only a hint for that text.
func hint(e *StepError) string {
	if e.Found != "" {
		return e.Found
	}
	if strings.HasSuffix(e.Origin.Doing, ")") && e.Origin.Complete {
		return ""
	}
	if e.attaches && e.Errno == unix.ENOSPC {
		return namespaceFull
	}
	for _, h := range hints {
		if h.errno == e.Errno && strings.HasPrefix(e.Origin.Path, h.path) && strings.Contains(e.Origin.Doing, h.doing) && (h.doing != "" || !e.Origin.Complete) {
			return h.text
		}
	}
	return ""
}
