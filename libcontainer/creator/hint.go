package creator

import (
	"strings"

	"golang.org/x/sys/unix"
)

// hints say what an errno means at the steps of a setting, or what a user can
// do about it. The first hint that fits is used.
var hints = [...]struct {
	path  string // the setting, or one that it is part of
	errno unix.Errno
	text  string
}{
	{"linux.memoryPolicy", unix.ENOSYS, "this kernel is built without CONFIG_NUMA"},
	{"linux.memoryPolicy", unix.EINVAL, "a node is not online or not in the container's cpuset, or the mode is newer than the kernel"},
	{"", unix.ENOSYS, "this kernel does not have the system call, or a seccomp filter around rt hides it"},
	{"linux.namespaces", unix.EAGAIN, "the limit of processes is reached, of the cgroup (pids.limit), the user or the host: an exec takes two for a moment"},
	{"linux.namespaces", unix.ENOENT, "what kept the namespace at this path is gone"},
	{"linux.namespaces", unix.EINVAL, "the path is not a namespace of this type"},
	{"linux.seccomp", unix.EINVAL, "this kernel does not know one of the flags or actions, or has no seccomp filters"},
	{"linux.seccomp", unix.EACCES, "without process.noNewPrivileges that needs CAP_SYS_ADMIN, which rt does not have here"},
	{"linux.seccomp", unix.EBUSY, "rt itself runs with a filter that has an agent, and the kernel takes one"},
	{"linux.sysctl", unix.EACCES, "this kernel lets only the host's root set it, not that of a user namespace"},
	{"linux.sysctl", unix.ENOENT, "this kernel has no such parameter"},
	{"mounts", unix.EMFILE, "more mounts that are opened ahead than the hard limit of open files allows: see ulimit -Hn"},
	{"mounts", unix.ENODEV, "this kernel does not have the file system type"},
	{"mounts", unix.ENOSPC, "a file system is full, or has no inodes left"},
	{"process.apparmorProfile", unix.EACCES, "the profile that rt itself has does not let it change to this one"},
	{"process.selinuxLabel", unix.EACCES, "the policy does not let rt give this label"},
	{"process.args", unix.ENOEXEC, "not a program for this machine, or a script without #! line"},
	{"process.ioPriority", unix.EPERM, "the class for real time needs CAP_SYS_NICE or CAP_SYS_ADMIN, which rt does not have here"},
	{"process.oomScoreAdj", unix.EACCES, "that needs CAP_SYS_RESOURCE, which rt does not have here"},
	{"process.rlimits", unix.EPERM, "to raise a limit needs CAP_SYS_RESOURCE, which rt does not have here; nobody raises RLIMIT_NOFILE above /proc/sys/fs/nr_open"},
	{"process.scheduler", unix.EPERM, "that needs CAP_SYS_NICE, and real time on cgroup v1 linux.resources.cpu.realtimeRuntime"},
	{"process.scheduler", unix.EBUSY, "the CPUs have no such bandwidth left for deadlines"},
	{"process.scheduler", unix.EOPNOTSUPP, "this kernel is built without CONFIG_UCLAMP_TASK"},
	{"process.user.additionalGids", unix.EPERM, "the user namespace denies setgroups(2), as its creator was not privileged"},
	{"process.user.additionalGids", unix.EINVAL, "the user namespace has no such group: see linux.gidMappings"},
	{"process.user.gid", unix.EINVAL, "the user namespace has no such group: see linux.gidMappings"},
	{"process.user.uid", unix.EINVAL, "the user namespace has no such user: see linux.uidMappings"},
}

// namespaceFull is what ENOSPC means at a step that attaches a mount
// (count_mounts in fs/namespace.c).
const namespaceFull = "the mount namespace is full: see /proc/sys/fs/mount-max"

// hint returns the hint for an error, or "".
func hint(e *StepError) string {
	if e.attaches && e.Errno == unix.ENOSPC {
		return namespaceFull
	}
	for _, h := range hints {
		if h.errno == e.Errno && strings.HasPrefix(e.Origin.Path, h.path) {
			return h.text
		}
	}
	return ""
}
