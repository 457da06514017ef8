package check

// Rule is what makes findings of one sort.
type Rule struct {
	ID       string // does not change
	About    About
	Severity Severity // of its findings; of some it is lower
	Finds    string   // what it finds, in some words
	Why      string   // why that matters
}

// About is what a rule holds a configuration against.
type About string

const (
	Specification About = "specification"
	Host          About = "host"
	Practice      About = "practice"
)

// Rules returns all rules.
func Rules() []Rule {
	return append(append(append([]Rule(nil), specificationRules[:]...), hostRules[:]...), practiceRules[:]...)
}

// ruleOf returns the rule with an ID, which must be there.
func ruleOf(id string) *Rule {
	for _, list := range [...][]Rule{specificationRules[:], hostRules[:], practiceRules[:]} {
		for i := range list {
			if list[i].ID == id {
				return &list[i]
			}
		}
	}
	panic("check: there is no rule " + id)
}

var specificationRules = [...]Rule{
	{"not-json", Specification, Error, "the file is not JSON",
		"Nothing else can be said about it."},
	{"invalid-setting", Specification, Error, "the specification forbids the setting, or every kernel refuses it",
		"rt refuses to make the container, with the same message."},
	{"ignored-setting", Specification, Warning, "the setting has no effect",
		"Who wrote it expects one."},
	{"malformed-variable", Specification, Warning, "an environment variable is not of the form NAME=value",
		"It is passed on as it is, and most programs do not see it."},
	{"unknown-capability", Specification, Warning, "no capability has this name",
		"It is left out, as the specification demands."},
	{"deprecated-setting", Specification, Info, "the specification or the kernel has given the setting up",
		"Other runtimes, or the next version of this one, may do something else with it."},
}

var practiceRules = [...]Rule{
	{"runtime-socket", Practice, Warning, "the socket of a container engine, or of another service that obeys without a question, is mounted",
		"Whoever can connect to it can start a process with all rights on the host. A read-only mount does not prevent that."},
	{"host-directory", Practice, Warning, "a directory that the host depends on is mounted",
		"A process that writes there, or in some of them only reads, can take over the host: its users' passwords, its programs, its services, the files of all containers."},
	{"host-device", Practice, Warning, "a disk, or the memory or the ports of the machine, is among the devices",
		"Who reads or writes it gets round the file permissions and the kernel."},
	{"all-devices", Practice, Warning, "the device rules allow all devices, or all disks",
		"A process that can make device nodes, or finds some, can read and write the host's disks."},
	{"host-namespace", Practice, Warning, "the container shares a namespace with the host",
		"pid: it sees the host's processes, and as root can signal and trace them. ipc: it reads the host's shared memory. network: it reaches services that listen only on the host itself, and its abstract sockets (CVE-2020-15257). mount: its mounts are the host's. For uts and cgroup the severity is info."},
	{"strong-capability", Practice, Warning, "the process may have a capability that amounts to the host's root, or is close to it",
		"Namespaces do not restrict these capabilities, or only in part. In a user namespace of the container's own they mostly do, so the severity is info there."},
	{"unmasked-path", Practice, Warning, "files of /proc and /sys that tell of the host or act on it are not masked",
		"Kernel memory, keys, timers and firmware are the host's and not the container's. In a user namespace most of them are closed, so the severity is info there."},
	{"writable-proc", Practice, Warning, "files of /proc that change the host can be written",
		"/proc/sys and /proc/sysrq-trigger are the kernel's own controls: a container's root can have the host execute a program (kernel.core_pattern) or reboot it. In a user namespace they are closed, so the severity is info there."},
	{"writable-sys", Practice, Warning, "sysfs is mounted and writable",
		"It has the controls of the host's devices, drivers and kernel modules. In a user namespace they are closed, so the severity is info there."},
	{"writable-cgroups", Practice, Warning, "cgroups are mounted and writable for a process with CAP_SYS_ADMIN",
		"It can raise its own limits, and on cgroup v1 have the host execute a program (release_agent). Without CAP_SYS_ADMIN, or in a cgroup or user namespace, the severity is info."},
	{"shared-propagation", Practice, Warning, "mounts that the container makes show up on the host",
		"A mount over a directory of the host's hides its files from everybody there."},
	{"hidden-mount", Practice, Warning, "a later mount covers this one",
		"Nobody in the container sees it."},
	{"writable-hook", Practice, Warning, "others than root can change a hook's program, or a directory above it",
		"The runtime executes it with all its own rights."},
	{"writable-bundle", Practice, Warning, "others than root can change the bundle's directory or its config.json",
		"They can have the runtime do anything on the host."},
	{"no-seccomp", Practice, Info, "no filter restricts the system calls, or one that allows what it does not name",
		"Most faults of the kernel are in calls that a container does not need. Kubernetes starts containers without a filter unless told otherwise."},
	{"no-lsm", Practice, Info, "there is neither an AppArmor profile nor an SELinux label",
		"They hold where a namespace or a capability was given by mistake."},
	{"new-privileges", Practice, Info, "process.noNewPrivileges is not set",
		"A set-user-id program of the image can make a process root again."},
	{"host-root", Practice, Info, "the process is the host's root",
		"Its files are root's everywhere, and what escapes is root. A user namespace maps it to an ordinary user."},
	{"inheritable-capabilities", Practice, Info, "the process has inheritable capabilities",
		"A program whose file has inheritable capabilities gets them (CVE-2022-24769)."},
	{"writable-rootfs", Practice, Info, "the root file system is writable",
		"Malware can stay in it, and a process can fill the disk."},
	{"no-memory-limit", Practice, Info, "the memory is not limited",
		"One container can make the kernel kill processes of the host and of other containers."},
	{"no-pids-limit", Practice, Info, "the number of processes is not limited",
		"A fork bomb takes all process ids of the host."},
	{"never-killed", Practice, Info, "the kernel may not kill the process when memory runs out",
		"It kills others instead. This is for the host's own services."},
	{"host-annotation", Practice, Info, "an annotation changes what the runtime does on the host",
		"Engines pass annotations of users on. rt features lists those that rt obeys."},
}
