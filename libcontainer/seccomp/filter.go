package seccomp

import (
	"slices"
	"strings"

	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// Filter is a compiled profile, with the flags for seccomp(2).
type Filter struct {
	program []unix.SockFilter
	flags   uint64 // SECCOMP_FILTER_FLAG_
	machine string // the machine that it is for
}

// New compiles a checked profile for the kernel of a machine, named as in
// GOARCH.
func New(s *specs.LinuxSeccomp, machine string) (*Filter, error) {
	p, err := compile(s, machine)
	if err != nil {
		return nil, err
	}
	f := &Filter{program: p, flags: flags(s), machine: machine}
	if f.notifies() {
		f.flags |= unix.SECCOMP_FILTER_FLAG_NEW_LISTENER
	} else {
		// The kernel refuses this flag without a listener.
		f.flags &^= unix.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
	}
	return f, nil
}

// flags returns the flags of a profile. If it has no list, not even an empty
// one, the flag is SPEC_ALLOW, as in runc: the kernel's mitigation of
// Speculative Store Bypass, which filters used to bring, costs much and
// protects little (Linux 5.16 gave it up as its default too).
func flags(s *specs.LinuxSeccomp) uint64 {
	if s.Flags == nil {
		return unix.SECCOMP_FILTER_FLAG_SPEC_ALLOW
	}
	var flags uint64
	for _, name := range s.Flags {
		flag, _ := spec.SeccompFlag(name)
		flags |= flag
	}
	// TSYNC is left out, because the process that loads the filter has one
	// thread, and the kernel does not take the flag together with NEW_LISTENER.
	return flags &^ unix.SECCOMP_FILTER_FLAG_TSYNC
}

// notifies tells whether the filter has an agent decide on calls.
func (f *Filter) notifies() bool {
	return slices.ContainsFunc(f.program, func(i unix.SockFilter) bool {
		return i.Code == unix.BPF_RET|unix.BPF_K && i.K == unix.SECCOMP_RET_USER_NOTIF
	})
}

// Listens tells whether loading the filter makes a descriptor on which an agent
// listens.
func (f *Filter) Listens() bool { return f.flags&unix.SECCOMP_FILTER_FLAG_NEW_LISTENER != 0 }

// Load appends the step that loads the filter.
//
// Preconditions: no_new_privs is set or CAP_SYS_ADMIN is in effect. The filter
// allows the steps that follow.
func (f *Filter) Load(b *program.Builder) {
	b.At("linux.seccomp", "")
	b.Doing("load the filter")
	b.SeccompFilter(f.flags, f.program)
}

// unknown returns the names in a profile that are no system call on any
// architecture, each once. They are left out.
func unknown(s *specs.LinuxSeccomp) []string {
	var names []string
	for _, sc := range s.Syscalls {
		for _, name := range sc.Names {
			if !findSyscall(name).known() && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// Warning returns what a user should know about a profile that is compiled
// nevertheless, or "".
func Warning(s *specs.LinuxSeccomp) string {
	names := unknown(s)
	if len(names) == 0 {
		return ""
	}
	return "linux.seccomp.syscalls: ignored names that rt does not know as system calls: " + strings.Join(names, ", ")
}
