package script

import (
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/oci-rt/rt/tests/bundle"
	"github.com/oci-rt/rt/tests/need"
)

// failures returns the failures of docs/errors.md, in the same order.
func failures() []failure {
	return slices.Concat(errorsOfTheProgram(), errorsOfMounts(), errorsOfKernelParameters(), errorsOfHooks(), errorsOfRightsLimitsAndSecurityModules(), errorsOfResourcesAndCgroups(), errorsOfNamespacesAndDevices(), errorsOfOrdinaryUsers(), errorsOfCommandsAndFiles())
}

// errorsOfTheProgram: The program.
func errorsOfTheProgram() []failure {
	return []failure{
		{
			doc:   `process.args[0]: exec: "NAME": executable file not found in $PATH`,
			errno: "ENOENT",
			edits: args("no-such"),
		},
		{
			doc:   `process.args[0]: exec: "FILE": stat FILE: no such file or directory`,
			errno: "ENOENT",
			edits: args("/no/such"),
		},
		{
			doc:   `exec FILE: no such file or directory: … (the interpreter in its #! line is "NAME", with a carriage return`,
			errno: "ENOENT",
			edits: args("/run.sh"), before: file("run.sh", "#!/bin/sh\r\necho\r\n", 0o755),
		},
		{
			doc:   `exec FILE: no such file or directory: … (the interpreter in its #! line is "NAME": put that`,
			errno: "ENOENT",
			edits: args("/run.sh"), before: file("run.sh", "#!/usr/bin/python3 -u\n", 0o755),
		},
		{
			doc:   `exec FILE: no such file or directory: … (its dynamic loader is "NAME"`,
			errno: "ENOENT",
			edits: args("/program"), before: file("program", elfFile(runtime.GOARCH, "/lib64/ld-none.so.2"), 0o755),
		},
		{
			doc:   `process.args[0]: exec FILE: exec format error (it is a program for MACHINE, and this machine is MACHINE`,
			errno: "ENOEXEC",
			edits: args("/program"), before: file("program", elfFile(otherMachine(), ""), 0o755),
		},
		{
			doc:   `process.args[0]: exec FILE: exec format error (it is no ELF file and has no #! line`,
			errno: "ENOEXEC",
			edits: args("/garbage"), before: file("garbage", "echo hello", 0o755),
		},
		{
			doc:   `process.args[0]: exec FILE: exec format error (the file is empty`,
			errno: "ENOEXEC",
			edits: args("/empty"), before: file("empty", "", 0o755),
		},
		{
			doc:   `process.args[0]: exec: "FILE": permission denied (it has no permission to be executed`,
			errno: "EACCES",
			edits: args("/script"), before: file("script", "#!/bin/sh\n", 0o644),
		},
		{
			doc:   `process.args[0]: exec: "FILE": permission denied (it is a directory`,
			errno: "EACCES",
			edits: args("/etc"),
		},
		{
			doc:   `process.args[0]: exec: "FILE": permission denied (its file system is mounted noexec`,
			errno: "EACCES",
			edits: args("/bin/true"), shell: `mount --bind rootfs rootfs; mount -o remount,bind,noexec rootfs; exec "$@"`,
		},
		{
			doc:   `process.args[0]: exec FILE: text file busy`,
			errno: "ETXTBSY",
			edits: args("/busy"), before: openForWriting,
		},
		{
			doc:   `process.args[0]: exec FILE: argument list too long`,
			errno: "E2BIG",
			edits: args("true", strings.Repeat("x", 200000)),
		},
		{
			doc:   `process.args[0]: exec FILE: operation not permitted`,
			errno: "EPERM",
			edits: set("/linux/seccomp", object{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": []object{{"names": []string{"execve"}, "action": "SCMP_ACT_ERRNO"}}}),
		},
		{
			doc:   `linux.seccomp: the init process failed, and could not say why`,
			edits: set("/linux/seccomp", object{"defaultAction": "SCMP_ACT_ERRNO"}),
		},
		{
			doc:   `process.cwd (FILE): make directory: not a directory`,
			errno: "ENOTDIR",
			edits: set("/process/cwd", "/etc/passwd"),
		},
		{
			doc:   `process.cwd (DIR): make directory: read-only file system`,
			errno: "EROFS",
			edits: set("/process/cwd", "/no"), shell: `mount --bind rootfs rootfs; mount -o remount,bind,ro rootfs; exec "$@"`,
		},
	}
}

// errorsOfMounts: Mounts.
func errorsOfMounts() []failure {
	return []failure{
		{
			doc:   `mounts[N] (DIR): open the source FILE: no such file or directory`,
			errno: "ENOENT",
			edits: mounts(object{"destination": "/mnt", "source": "/no/such", "options": []string{"bind"}}),
		},
		{
			doc:   `mounts[N] (FILE): … (… are you trying to mount a directory onto a file, or vice versa?`,
			errno: "ENOTDIR",
			edits: mounts(object{"destination": "/etc/passwd", "source": "/etc", "options": []string{"bind"}}),
		},
		{
			doc:   `mounts[N] (FILE): find or make the mount point of TYPE: not a directory`,
			errno: "ENOTDIR",
			edits: mounts(object{"destination": "/etc/passwd/x", "type": "tmpfs", "source": "x", "options": []string{}}),
		},
		{
			doc:   `mounts[N] (FILE): find or make the mount point of TYPE: too many levels of symbolic links`,
			errno: "ELOOP",
			edits: mounts(object{"destination": "/loop", "type": "tmpfs", "source": "x", "options": []string{}}), before: loopingLink,
		},
		{
			doc:   `mounts[N] (DIR): find or make the mount point of TYPE: read-only file system`,
			errno: "EROFS",
			edits: mounts(object{"destination": "/new", "type": "tmpfs", "source": "x", "options": []string{}}), shell: `mount --bind rootfs rootfs; mount -o remount,bind,ro rootfs; exec "$@"`,
		},
		{
			doc:   `mounts[N] (DIR): mount proc: it shows the pid namespace, which does not belong to the container's user namespace`,
			errno: "EPERM",
			edits: userns(bundle.Delete{Pointer: "/linux/namespaces/0"}),
		},
		{
			doc:   `mounts[N] (DIR): mount TYPE: operation not permitted`,
			errno: "EPERM",
			edits: append(userns(), mounts(object{"destination": "/mnt", "type": "ext4", "source": "/dev/null", "options": []string{}})...),
		},
		{
			doc:   `mounts[N] (DIR): find the file system type NAME in the kernel: no such device`,
			errno: "ENODEV",
			edits: mounts(object{"destination": "/mnt", "type": "nofs", "source": "x", "options": []string{}}),
		},
		{
			doc:   `mounts[N].options[N] (DIR): mount TYPE with OPTION: invalid argument`,
			errno: "EINVAL",
			edits: mounts(object{"destination": "/mnt", "type": "tmpfs", "source": "x", "options": []string{"size=abc"}}),
		},
		{
			doc:   `mounts[N].options[N] (DIR): mount overlay with OPTION: no such file or directory`,
			errno: "ENOENT",
			edits: mounts(object{"destination": "/mnt", "type": "overlay", "source": "x", "options": []string{"lowerdir=/no/such"}}),
		},
		{
			doc:   `mounts[N] (DIR): mount TYPE: no such file or directory`,
			errno: "ENOENT",
			edits: mounts(object{"destination": "/mnt", "type": "ext4", "source": "/dev/no-such", "options": []string{}}),
		},
		{
			doc:   `mounts[N] (DIR): map the ids of the mount: this kernel cannot do that for this file system, or for one below it`,
			errno: "EINVAL",
			edits: append(userns(), mounts(object{"destination": "/mnt", "source": "/proc/self", "options": []string{"bind", "idmap"}, "uidMappings": ids(1000), "gidMappings": ids(1000)})...),
		},
		{
			doc:   `mounts[N] (DIR): open the source FILE: stale file handle`,
			errno: "ESTALE",
			edits: mounts(object{"destination": "/mnt", "source": "../fuse/x", "options": []string{"bind"}}), before: staleFUSE,
		},
		{
			doc:   `mounts[N] (DIR): open the source FILE: transport endpoint is not connected`,
			errno: "ENOTCONN",
			edits: mounts(object{"destination": "/mnt", "source": "../fuse/x", "options": []string{"bind"}}), before: deadFUSE,
		},
	}
}

// errorsOfKernelParameters: Kernel parameters.
func errorsOfKernelParameters() []failure {
	return []failure{
		{
			doc:   `linux.sysctl["NAME"]: is not separate for each container`,
			edits: set("/linux/sysctl", object{"vm.swappiness": "1"}),
		},
		{
			doc:   `linux.sysctl["NAME"]: would change the host's`,
			edits: append(set("/linux/sysctl", object{"net.ipv4.ip_forward": "1"}), bundle.Delete{Pointer: "/linux/namespaces/1"}),
		},
		{
			doc:   `linux.sysctl["NAME"]: write "VALUE": no such file or directory`,
			errno: "ENOENT",
			edits: set("/linux/sysctl", object{"net.no.such": "1"}),
		},
		{
			doc:   `linux.sysctl["NAME"]: write "VALUE": invalid argument`,
			errno: "EINVAL",
			edits: set("/linux/sysctl", object{"net.ipv4.ip_forward": "abc"}),
		},
	}
}

// errorsOfHooks: Hooks.
func errorsOfHooks() []failure {
	return []failure{
		{
			doc:   `hooks.STAGE[N] (FILE): exit status N: OUTPUT`,
			edits: set("/hooks", object{"createRuntime": []object{{"path": "/bin/sh", "args": []string{"sh", "-c", "echo no network >&2; exit 3"}}}}),
		},
		{
			doc:   `hooks.STAGE[N] (FILE): execute: no such file or directory`,
			errno: "ENOENT",
			edits: set("/hooks", object{"createRuntime": []object{{"path": "/no/such"}}}),
		},
		{
			doc:   `hooks.STAGE[N] (FILE): timed out after TIME`,
			edits: set("/hooks", object{"createRuntime": []object{{"path": "/bin/sleep", "args": []string{"sleep", "100"}, "timeout": 1}}}),
		},
	}
}

// errorsOfRightsLimitsAndSecurityModules: Rights, limits and security modules.
func errorsOfRightsLimitsAndSecurityModules() []failure {
	return []failure{
		{
			doc:   `process.rlimits[N] (NAME): set limits VALUE: operation not permitted`,
			errno: "EPERM",
			edits: set("/process/rlimits", []object{{"type": "RLIMIT_NOFILE", "soft": int64(1 << 40), "hard": int64(1 << 40)}}),
		},
		{
			doc:   `process.oomScoreAdj: set OOM score adjustment VALUE: permission denied`,
			errno: "EACCES",
			edits: set("/process/oomScoreAdj", -1000), shell: `exec setpriv --bounding-set -sys_resource "$@"`,
		},
		{
			doc:   `process.scheduler: set scheduling policy NAME: operation not permitted`,
			errno: "EPERM",
			edits: set("/process/scheduler", object{"policy": "SCHED_FIFO", "priority": 10}), shell: `exec setpriv --bounding-set -sys_nice "$@"`,
		},
		{
			doc:   `process.user.uid: is N, which linux.uidMappings does not map`,
			edits: append(userns(), set("/process/user/uid", 5000)...),
		},
		{
			doc:   `process.apparmorProfile (NAME): the kernel has no AppArmor, or AppArmor is not enabled`,
			errno: "EINVAL",
			edits: set("/process/apparmorProfile", "no-such"), need: noAppArmor,
		},
		{
			doc:   `process.apparmorProfile (NAME): AppArmor has no such profile loaded`,
			errno: "ENOENT",
			edits: set("/process/apparmorProfile", "no-such"), need: need.AppArmor,
		},
		{
			doc:   `process.selinuxLabel (NAME): label the session keyring: the kernel has no SELinux, or its policy has no such label`,
			errno: "EINVAL",
			edits: set("/process/selinuxLabel", "nobody:nothing:none_t:s0"),
		},
		{
			doc:   `make session keyring NAME: its user has no room for more keys`,
			errno: "EDQUOT",
			edits: userns(mapOf(fullUser)...), before: fillKeyQuota,
		},
		{
			doc:   `process.terminal: rt does not wait for the process, so its terminal needs --console-socket`,
			edits: set("/process/terminal", true), rt: "run --detach --bundle . c1",
		},
	}
}

// errorsOfResourcesAndCgroups: Resources and cgroups.
func errorsOfResourcesAndCgroups() []failure {
	return []failure{
		{
			doc:   `linux.resources.cpu.cpus: write "VALUE" to FILE: numerical result out of range`,
			errno: "ERANGE",
			edits: set("/linux/resources/cpu", object{"cpus": "900"}), need: need.Cgroup1,
		},
		{
			doc:   `linux.resources.cpu.mems: write "VALUE" to FILE: invalid argument`,
			errno: "EINVAL",
			edits: set("/linux/resources/cpu", object{"mems": "90"}), need: need.Cgroup1,
		},
		{
			doc:   `the init process was killed for lack of memory: linux.resources.memory.limit is VALUE`,
			edits: set("/linux/resources/memory", object{"limit": 16384}), need: need.Cgroup1,
		},
		{
			doc:   `linux.resources.hugepageLimits: needs the hugetlb cgroup controller, which this host does not have`,
			edits: set("/linux/resources/hugepageLimits", []object{{"pageSize": "2MB", "limit": 1}}), need: noHugetlb,
		},
		{
			doc:   `linux.resources.unified["NAME"]: needs cgroup v2`,
			edits: set("/linux/resources/unified", object{"memory.max": "1"}), need: need.Cgroup1,
		},
		{
			doc:   `linux.resources.blockIO.throttleReadBpsDevice[N]: write "VALUE" to FILE: no such device`,
			errno: "ENODEV",
			edits: set("/linux/resources/blockIO", object{"throttleReadBpsDevice": []object{{"major": 8, "minor": 77, "rate": 600}}}), need: need.Cgroup1,
		},
		{
			doc:   `resource temporarily unavailable (the limit of processes is reached`,
			errno: "EAGAIN",
			edits: append(args("sleep", "100"), set("/linux/resources/pids", object{"limit": 1})...), rt: "run -d --bundle . c1;exec c1 true",
		},
		{
			doc: `linux.cgroupsPath: container's cgroup is not empty: N process(es) found in DIR`,
			rt:  "create --bundle . c1;create --bundle . c2",
		},
		{
			doc:    `linux.cgroupsPath: container's cgroup unexpectedly frozen`,
			before: frozen,
		},
		{
			doc:   `linux.cgroupsPath: mkdir DIR: read-only file system`,
			errno: "EROFS",
			shell: `for m in /sys/fs/cgroup /sys/fs/cgroup/*; do mount -o remount,bind,ro $m 2>/dev/null || :; done; exec "$@"`,
		},
		{
			doc:   `linux.cgroupsPath: mkdir DIR: permission denied`,
			errno: "EACCES",
			user:  true, edits: append(own(), bundle.Set{Pointer: "/linux/resources/pids", Value: object{"limit": 10}}),
		},
		{
			doc: `linux.cgroupsPath: "VALUE" is not of the form slice:prefix:name, which the systemd driver needs`,
			rt:  "--systemd-cgroup run --bundle . c1",
		},
		{
			doc:   `systemd of the system: dial unix FILE: connect: no such file or directory`,
			errno: "ENOENT",
			edits: set("/linux/cgroupsPath", "system.slice:rt:errors"), rt: "--systemd-cgroup run --bundle . c1", need: noSystemd,
		},
	}
}

// errorsOfNamespacesAndDevices: Namespaces and devices.
func errorsOfNamespacesAndDevices() []failure {
	return []failure{
		{
			doc:   `linux.namespaces[N].path (FILE): open network namespace: no such file or directory`,
			errno: "ENOENT",
			edits: set("/linux/namespaces/1", object{"type": "network", "path": "/no/such"}),
		},
		{
			doc:   `linux.namespaces[N].path (FILE): join network namespace: invalid argument`,
			errno: "EINVAL",
			edits: set("/linux/namespaces/1", object{"type": "network", "path": "/proc/self/ns/ipc"}),
		},
		{
			doc:   `linux.namespaces[N]: create user namespace: no space left on device`,
			errno: "ENOSPC",
			edits: userns(), shell: `exec unshare --user --map-root-user sh -c 'echo 0 >/proc/sys/user/max_user_namespaces; exec "$@"' sh "$@"`,
		},
		{
			doc:   `FILE: create device VALUE: operation not permitted`,
			errno: "EPERM",
			shell: `exec setpriv --bounding-set=-mknod --inh-caps=-mknod "$@"`, need: func(t testing.TB) { need.Program(t, "setpriv") },
		},
		{
			doc:   `linux.timeOffsets: set the clocks' offsets: numerical result out of range`,
			errno: "ERANGE",
			edits: append(set("/linux/namespaces/-", object{"type": "time"}), bundle.Set{Pointer: "/linux/timeOffsets", Value: object{"monotonic": object{"secs": int64(-1 << 40)}}}),
		},
		{
			doc:   `linux.netDevices["NAME"]: find the network device: no such device`,
			errno: "ENODEV",
			edits: set("/linux/netDevices", object{"eth99": object{}}),
		},
		{
			doc:   `linux.intelRdt: this machine has no resctrl file system mounted`,
			edits: set("/linux/intelRdt", object{"closID": "x", "l3CacheSchema": "L3:0=f"}), need: noResctrl,
		},
		{
			doc:   `linux.seccomp.listenerPath: connect to FILE: no such file or directory`,
			errno: "ENOENT",
			edits: set("/linux/seccomp", object{"defaultAction": "SCMP_ACT_ALLOW", "listenerPath": "/no/such.sock", "syscalls": []object{{"names": []string{"mkdir"}, "action": "SCMP_ACT_NOTIFY"}}}),
		},
	}
}

// errorsOfOrdinaryUsers: Ordinary users.
func errorsOfOrdinaryUsers() []failure {
	return []failure{
		{
			doc:   `start the init process: OUTPUT: operation not permitted`,
			errno: "EPERM",
			user:  true,
		},
		{
			doc:  `linux.uidMappings: newuidmap is not installed, and an ordinary user needs it to map more than one id`,
			user: true, edits: append(own(), bundle.Set{Pointer: "/linux/uidMappings", Value: ids(1000)}), shell: `PATH=/nowhere exec "$@"`,
		},
		{
			doc:  `linux.uidMappings: newuidmap: exit status N: OUTPUT`,
			user: true, edits: append(own(), bundle.Set{Pointer: "/linux/uidMappings", Value: ids(1000)}), need: func(t testing.TB) { need.Program(t, "newuidmap") },
		},
	}
}

// errorsOfCommandsAndFiles: Commands and files.
func errorsOfCommandsAndFiles() []failure {
	return []failure{
		{
			doc: `container with given ID already exists: ID`,
			rt:  "create --bundle . c1;create --bundle . c1",
		},
		{
			doc: `container does not exist: ID`,
			rt:  "state c1",
		},
		{
			doc:   `cannot start an already running container: it is running`,
			edits: args("sleep", "100"), rt: "run -d --bundle . c1;start c1",
		},
		{
			doc:   `cannot delete container ID that is not stopped: running`,
			edits: args("sleep", "100"), rt: "run -d --bundle . c1;delete c1",
		},
		{
			doc: `cannot exec in a stopped container`,
			rt:  "run -d --bundle . c1;stopped;exec c1 true",
		},
		{
			doc:   `cannot exec in a paused container`,
			edits: args("sleep", "100"), rt: "run -d --bundle . c1;pause c1;exec c1 true",
		},
		{
			doc: `container not running`,
			rt:  "run -d --bundle . c1;stopped;kill c1 TERM",
		},
		{
			doc:   `bundle DIR: has no config.json: no such file or directory`,
			errno: "ENOENT",
			rt:    "run --bundle .. c1",
		},
		{
			doc:   `root.path: DIR does not exist`,
			edits: set("/root/path", "nope"),
		},
		{
			doc:   `--console-socket: connect to FILE: no such file or directory`,
			errno: "ENOENT",
			edits: set("/process/terminal", true), rt: "create --bundle . --console-socket /no/such c1",
		},
		{
			doc:   `pid file: open FILE: no such file or directory`,
			errno: "ENOENT",
			rt:    "run --pid-file /no/such/pid --bundle . c1",
		},
		{
			doc:   `state directory: mkdir DIR: read-only file system`,
			errno: "EROFS",
			shell: `mkdir ../state; mount --bind ../state ../state; mount -o remount,bind,ro ../state; exec "$@"`,
		},
		{
			doc:   `state directory: mkdir DIR: no space left on device`,
			errno: "ENOSPC",
			shell: `mkdir ../state; mount -t tmpfs -o size=4k,nr_inodes=2 x ../state; mkdir ../state/x; exec "$@"`,
		},
		{
			doc:   `open FILE: too many open files`,
			errno: "EMFILE",
			shell: `ulimit -n 8; exec "$@"`,
		},
		{
			doc:   `checkpoint and restore need criu, which is not on the PATH`,
			edits: args("sleep", "100"), rt: "run -d --bundle . c1;checkpoint c1", shell: `PATH=/nowhere exec "$@"`,
		},
	}
}
