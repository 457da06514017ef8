package seccomp

import (
	"slices"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// dockerRefuses are the calls that Docker's default profile does not name, or
// only for containers with more capabilities than the default ones.
var dockerRefuses = strings.Fields(`
	_sysctl acct add_key afs_syscall bdflush bpf break cachestat clock_settime clock_settime64 clone clone3
	create_module delete_module fanotify_init fchmodat2 file_getattr file_setattr finit_module fsconfig fsmount
	fsopen fspick ftime futex_requeue futex_wait futex_wake get_kernel_syms get_mempolicy getpmsg getxattrat gtty
	idle init_module ioperm iopl kcmp kexec_file_load kexec_load keyctl listmount listns listxattrat lock
	lookup_dcookie lsm_get_self_attr lsm_list_modules lsm_set_self_attr map_shadow_stack mbind migrate_pages
	mount mount_setattr move_mount move_pages mpx mseal nfsservctl nice oldfstat oldlstat oldolduname oldstat
	olduname open_by_handle_at open_tree open_tree_attr perf_event_open personality pidfd_getfd pivot_root
	process_madvise prof profil putpmsg query_module quotactl quotactl_fd readdir reboot removexattrat request_key
	rseq_slice_yield security set_mempolicy set_mempolicy_home_node setdomainname sethostname setns settimeofday
	setxattrat sgetmask sigaction signal sigpending sigsuspend socket ssetmask statmount stime stty swapoff swapon
	sysfs syslog tuxcall ulimit umount umount2 unshare uprobe uretprobe uselib userfaultfd ustat vhangup vm86
	vm86old vserver`)

// docker returns a profile with the structure of Docker's default one, as the
// engine hands it over for a container with default capabilities on amd64: what
// is not refused is allowed, clone, personality and socket by their arguments.
func docker() *specs.LinuxSeccomp {
	var names []string
	for i, name := range syscallNames {
		for _, table := range []int{numbersX86_64, numbersX86, numbersX32, numbersARM} {
			if syscallNumbers[table][i] != absent && !slices.Contains(dockerRefuses, name) {
				names = append(names, name)
				break
			}
		}
	}
	if1 := func(name string, value uint64, op specs.LinuxSeccompOperator) specs.LinuxSyscall {
		return specs.LinuxSyscall{Names: []string{name}, Action: specs.ActAllow, Args: []specs.LinuxSeccompArg{{Value: value, Op: op}}}
	}
	return &specs.LinuxSeccomp{
		DefaultAction:   specs.ActErrno,
		DefaultErrnoRet: new(uint(1)),
		Architectures:   []specs.Arch{specs.ArchX86_64, specs.ArchX86, specs.ArchX32},
		Syscalls: []specs.LinuxSyscall{
			{Names: names, Action: specs.ActAllow},
			if1("socket", 40, specs.OpNotEqual), // AF_VSOCK
			if1("personality", 0, specs.OpEqualTo),
			if1("personality", 8, specs.OpEqualTo),
			if1("personality", 131072, specs.OpEqualTo),
			if1("personality", 131080, specs.OpEqualTo),
			if1("personality", 4294967295, specs.OpEqualTo),
			if1("clone", 2114060288, specs.OpMaskedEqual), // no new namespaces
			{Names: []string{"clone3"}, Action: specs.ActErrno, ErrnoRet: new(uint(38))},
		},
	}
}
