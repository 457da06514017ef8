/*
 * floor ROOTFS [CGROUP...]
 *
 * The least that a container start can cost: a C program that makes the kernel
 * calls of the program that rt compiles from ../config.json, and nothing else.
 * It reads no configuration, keeps no state and reports nothing. With cgroups
 * it makes each, lets the container join it, and removes it in the end, as rt
 * does on cgroup v1 and v2.
 *
 * rt can only come near it: the difference is what rt does as a runtime.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))

/* check ends the program when a kernel call failed. */
static int check(long result, const char *what)
{
	if (result < 0)
		err(125, "%s", what);
	return (int)result;
}

/* ---- cgroups, from outside ---- */

static char **cgroups;
static int unified = -1; /* descriptor of the cgroup of version 2, if one is given */

static int open_in(const char *dir, const char *name, int flags)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return open(path, flags | O_CLOEXEC);
}

/* copy_from_parent fills a file of a new cpuset, which is empty and lets nobody join. */
static void copy_from_parent(const char *dir, const char *name)
{
	char parent[64], value[256];
	int from, to = open_in(dir, name, O_WRONLY);
	ssize_t n;

	if (to < 0)
		return;
	snprintf(parent, sizeof(parent), "../%s", name);
	from = check(open_in(dir, parent, O_RDONLY), parent);
	n = check(read(from, value, sizeof(value)), parent);
	check(write(to, value, n), name);
	close(from);
	close(to);
}

static void confine_devices(const char *dir)
{
	static const char *const rules[] = {
		"c *:* m", "b *:* m", "c 1:3 rwm", "c 1:5 rwm", "c 1:7 rwm", "c 1:8 rwm", "c 1:9 rwm",
		"c 5:0 rwm", "c 5:2 rwm", "c 136:* rwm", "c 10:200 rwm",
	};
	int deny = open_in(dir, "devices.deny", O_WRONLY), allow;

	if (deny < 0)
		return;
	check(write(deny, "a", 1), "devices.deny");
	allow = check(open_in(dir, "devices.allow", O_WRONLY), "devices.allow");
	for (size_t i = 0; i < LENGTH(rules); i++)
		check(write(allow, rules[i], strlen(rules[i])), rules[i]);
	close(deny);
	close(allow);
}

static void make_cgroups(void)
{
	struct statfs fs;

	for (char **dir = cgroups; *dir; dir++) {
		check(mkdir(*dir, 0755), *dir);
		check(statfs(*dir, &fs), *dir);
		if (fs.f_type == CGROUP2_SUPER_MAGIC) {
			unified = check(open(*dir, O_PATH | O_DIRECTORY | O_CLOEXEC), *dir);
			continue;
		}
		copy_from_parent(*dir, "cpuset.cpus");
		copy_from_parent(*dir, "cpuset.mems");
		confine_devices(*dir);
	}
}

static void remove_cgroups(void)
{
	for (char **dir = cgroups; *dir; dir++)
		while (rmdir(*dir) < 0 && errno == EBUSY)
			; /* the last process is still on its way out */
}

/* ---- the container's first process ---- */

static int root; /* descriptor of the rootfs' mount */

static void join_cgroups(void)
{
	for (char **dir = cgroups; *dir; dir++) {
		int tasks = open_in(*dir, "tasks", O_WRONLY);

		if (tasks < 0)
			continue; /* version 2: joined by clone3 */
		check(write(tasks, "0", 1), *dir);
		close(tasks);
	}
}

static void reset_process(void)
{
	static const int signals[] = {SIGHUP, SIGINT, SIGCONT, SIGTSTP, SIGTTIN, SIGTTOU, 32, 34};
	uint64_t action[4] = {0}, mask = 0;

	for (size_t i = 0; i < LENGTH(signals); i++)
		check(syscall(SYS_rt_sigaction, signals[i], action, NULL, 8), "rt_sigaction");
	check(syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, 8), "rt_sigprocmask");
	check(setsid(), "setsid");
	umask(0);
}

static int find(const char *path, uint64_t flags)
{
	struct open_how how = {.flags = flags | O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};

	return (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
}

static int clone_mount(int from, unsigned flags)
{
	return check(syscall(SYS_open_tree, from, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | flags), "open_tree");
}

static void attach(int mount, int target)
{
	check(syscall(SYS_move_mount, mount, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH), "move_mount");
}

static void set_mount(int mount, unsigned flags, uint64_t set, uint64_t propagation)
{
	struct mount_attr attr = {.attr_set = set, .propagation = propagation};

	check(syscall(SYS_mount_setattr, mount, flags & AT_RECURSIVE ? "/" : "", flags, &attr, sizeof(attr)), "mount_setattr");
}

static void open_rootfs(const char *path)
{
	int below;

	set_mount(AT_FDCWD, AT_RECURSIVE, 0, MS_SLAVE);
	below = check(open(path, O_PATH | O_DIRECTORY | O_CLOEXEC), path);
	root = clone_mount(below, AT_RECURSIVE);
	attach(root, below);
	close(below);
	set_mount(root, AT_EMPTY_PATH, 0, MS_PRIVATE);
}

struct option {
	const char *key, *value; /* no value: a flag */
};

/* new_mount makes a file system that is not attached anywhere yet. */
static int new_mount(const char *type, const struct option *options, unsigned attr)
{
	int fs = check(syscall(SYS_fsopen, type, FSOPEN_CLOEXEC), type), mount;

	for (const struct option *o = options; o->key; o++)
		check(syscall(SYS_fsconfig, fs, o->value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG, o->key, o->value, 0), o->key);
	check(syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0), type);
	mount = check(syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, attr), type);
	close(fs);
	return mount;
}

static void mount_on(const char *path, const char *type, const struct option *options, unsigned attr)
{
	int mount = new_mount(type, options, attr);
	int target = find(path, O_DIRECTORY);

	if (target < 0) { /* in the fresh /dev */
		int dev = check(find("dev", O_DIRECTORY), "dev");

		check(mkdirat(dev, strchr(path, '/') + 1, 0755), path);
		close(dev);
		target = check(find(path, O_DIRECTORY), path);
	}
	attach(mount, target);
	close(target);
	close(mount);
}

#define OPTIONS(...) ((const struct option[]){__VA_ARGS__ __VA_OPT__(, ) {NULL, NULL}})

static void mount_all(void)
{
	const unsigned strict = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;

	mount_on("proc", "proc", OPTIONS({"source", "proc"}), 0);
	mount_on("dev", "tmpfs", OPTIONS({"source", "tmpfs"}, {"mode", "755"}, {"size", "65536k"}),
		 MOUNT_ATTR_NOSUID | MOUNT_ATTR_STRICTATIME);
	mount_on("dev/pts", "devpts",
		 OPTIONS({"source", "devpts"}, {"newinstance", NULL}, {"ptmxmode", "0666"}, {"mode", "0620"}, {"gid", "5"}),
		 MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
	mount_on("dev/shm", "tmpfs", OPTIONS({"source", "shm"}, {"mode", "1777"}, {"size", "65536k"}), strict);
	mount_on("dev/mqueue", "mqueue", OPTIONS({"source", "mqueue"}), strict);
	mount_on("sys", "sysfs", OPTIONS({"source", "sysfs"}, {"ro", NULL}), strict | MOUNT_ATTR_RDONLY);
}

static void make_devices(void)
{
	static const struct {
		const char *name;
		unsigned major, minor;
	} devices[] = {{"null", 1, 3}, {"zero", 1, 5}, {"full", 1, 7}, {"random", 1, 8}, {"urandom", 1, 9}, {"tty", 5, 0}};
	static const char *const links[][2] = {
		{"pts/ptmx", "ptmx"}, {"/proc/self/fd", "fd"}, {"/proc/self/fd/0", "stdin"},
		{"/proc/self/fd/1", "stdout"}, {"/proc/self/fd/2", "stderr"}, {"/proc/kcore", "core"},
	};
	int dev = check(find("dev", O_DIRECTORY), "dev");

	for (size_t i = 0; i < LENGTH(devices); i++)
		check(mknodat(dev, devices[i].name, S_IFCHR | 0666, makedev(devices[i].major, devices[i].minor)), devices[i].name);
	for (size_t i = 0; i < LENGTH(links); i++)
		check(symlinkat(links[i][0], dev, links[i][1]), links[i][1]);
	close(dev);
}

static void protect_paths(void)
{
	static const char *const readonly[] = {"proc/bus", "proc/fs", "proc/irq", "proc/sys", "proc/sysrq-trigger"};

	for (size_t i = 0; i < LENGTH(readonly); i++) {
		int path = find(readonly[i], 0), mount;

		if (path < 0)
			continue;
		mount = clone_mount(path, AT_RECURSIVE);
		set_mount(mount, AT_EMPTY_PATH, MOUNT_ATTR_RDONLY, 0);
		attach(mount, path);
		close(path);
		close(mount);
	}
}

static void mask_paths(void)
{
	static const char *const masked[] = {
		"proc/acpi", "proc/asound", "proc/kcore", "proc/keys", "proc/latency_stats", "proc/timer_list",
		"proc/timer_stats", "proc/sched_debug", "proc/scsi", "sys/devices/virtual/tpm", "sys/firmware",
	};
	int null = check(open("/dev/null", O_PATH | O_NOFOLLOW | O_CLOEXEC), "/dev/null");
	int empty = new_mount("tmpfs", OPTIONS({"nr_inodes", "1"}, {"ro", NULL}),
			      MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);

	for (size_t i = 0; i < LENGTH(masked); i++) {
		int with = empty, path = find(masked[i], O_DIRECTORY), mount;

		if (path < 0 && errno == ENOTDIR) {
			with = null;
			path = find(masked[i], 0);
		}
		if (path < 0)
			continue;
		/* Before Linux 6.15 a mount that is attached nowhere cannot be cloned. */
		mount = (int)syscall(SYS_open_tree, with, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
		attach(mount < 0 ? with : mount, path);
		if (mount >= 0)
			close(mount);
		close(path);
	}
	close(empty);
	close(null);
}

static void enter_rootfs(void)
{
	int cwd;

	set_mount(root, AT_EMPTY_PATH, MOUNT_ATTR_RDONLY, 0);
	check(fchdir(root), "fchdir");
	check(syscall(SYS_pivot_root, ".", "."), "pivot_root");
	check(syscall(SYS_umount2, ".", 2 /* MNT_DETACH */), "umount2");
	cwd = check(find("/", O_DIRECTORY), "/");
	check(fchdir(cwd), "fchdir");
	close(cwd);
}

static void drop_privileges(void)
{
	const uint64_t keep = 1ull << CAP_KILL | 1ull << CAP_NET_BIND_SERVICE | 1ull << CAP_AUDIT_WRITE;
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct sets[2] = {{.effective = keep, .permitted = keep}};
	struct rlimit files = {1024, 1024};

	check(syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, &files, NULL), "prlimit64");
	umask(022);
	for (int c = 0; c <= CAP_LAST_CAP; c++)
		if (!(keep >> c & 1))
			check(prctl(PR_CAPBSET_DROP, c, 0, 0, 0), "drop capability");
	check(syscall(SYS_setgroups, 0, NULL), "setgroups");
	check(syscall(SYS_setresgid, 0, 0, 0), "setresgid");
	check(syscall(SYS_setresuid, 0, 0, 0), "setresuid");
	sets[1].effective = sets[1].permitted = keep >> 32;
	check(syscall(SYS_capset, &header, sets), "capset");
	check(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0), "clear ambient capabilities");
	check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
}

static void init(const char *rootfs)
{
	static uint8_t cpus[1024];
	char *const argv[] = {"/bin/true", NULL};
	char *const envp[] = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm", "HOME=/root", NULL};

	reset_process();
	join_cgroups();
	memset(cpus, 0xff, sizeof(cpus));
	syscall(SYS_sched_setaffinity, 0, sizeof(cpus), cpus);
	check(unshare(CLONE_NEWCGROUP), "unshare");
	check(sethostname("bench", 5), "sethostname");
	open_rootfs(rootfs);
	mount_all();
	make_devices();
	protect_paths();
	mask_paths();
	enter_rootfs();
	drop_privileges();
	check(syscall(SYS_close_range, 3, ~0u, CLOSE_RANGE_CLOEXEC), "close_range");
	check(execve(argv[0], argv, envp), argv[0]);
}

int main(int argc, char **argv)
{
	struct clone_args args = {
		.flags = CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNS,
		.exit_signal = SIGCHLD,
	};
	int pid, status;

	if (argc < 2)
		errx(125, "usage: floor ROOTFS [CGROUP...]");
	cgroups = argv + 2;
	make_cgroups();
	if (unified >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = unified;
	}
	pid = check(syscall(SYS_clone3, &args, sizeof(args)), "clone3");
	if (pid == 0)
		init(argv[1]);
	check(waitpid(pid, &status, 0), "waitpid");
	remove_cgroups();
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
