package seccomp

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// compare is a call of which a profile can compare an argument.
type compare struct {
	name string
	arg  int
	mask uint64 // of the bits that count
	// through says that the argument tells which call it is in truth: see
	// multiplexer.
	through bool
}

// namespaceFlags are the flags of clone(2) that make namespaces. What other flags
// a C library uses changes from version to version.
const namespaceFlags = unix.CLONE_NEWNS | unix.CLONE_NEWCGROUP | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC |
	unix.CLONE_NEWUSER | unix.CLONE_NEWPID | unix.CLONE_NEWNET

// compared returns these calls. clone3(2) is not among them: its flags are in
// memory, where no filter can see them.
func compared(machine string) []compare {
	flags := 0
	if machine == "s390x" { // CONFIG_CLONE_BACKWARDS2: the stack comes first
		flags = 1
	}
	const all, low16 = ^uint64(0), 0xffff // the upper half is a version (ipc(2))
	return []compare{
		{"clone", flags, namespaceFlags, false},
		{"socket", 0, all, false},
		{"socketpair", 0, all, false},
		{"socketcall", 0, all, true},
		{"ipc", 0, low16, true},
	}
}

// ofMachine returns the architectures whose calls the kernel of a machine takes.
// Its own is the first.
func ofMachine(machine string) []*arch {
	var names []specs.Arch
	for i := range arches {
		names = append(names, arches[i].name)
	}
	return listed(names, machine)
}

// unseen are the calls that a program may come to make although it made none of
// them while it was recorded.
var unseen = [...]string{
	// rt, behind a filter: see docs/seccomp.md.
	"execve", "exit_group", "faccessat", "write",
	// The kernel, for a call that was interrupted by a stop or a freeze, and for the
	// end of a signal handler.
	"restart_syscall", "rt_sigreturn",
	// The vDSO, where the clock of the machine cannot be read without the kernel
	// (vdso(7)).
	"clock_getres", "clock_gettime", "getcpu", "gettimeofday", "time",
}

// unseen32 are those of the 32-bit ABI of a machine.
var unseen32 = [...]string{"clock_gettime64", "sigreturn"}

// recorded is what a recorder has taken down, by name.
type recorded struct {
	arches []specs.Arch
	names  map[string]bool
	// args are the arguments of the calls of compared.
	args map[string]map[uint64]bool
	// hidden are calls that were made through another one, which hides the argument.
	hidden  map[string]bool
	unnamed []string
}

// Profile returns the smallest profile, the linux.seccomp of a configuration, that
// allows what was taken down, what rt itself needs, and what does not show (see
// docs/seccomp.md). What is in earlier, which may be nil, stays allowed. With args,
// calls are only allowed with arguments as they were used, where a filter can see
// that; in any case where earlier does so. missing are calls that the profile does
// not allow, and why.
//
// Preconditions: [CheckEarlier].
func (r *Recorder) Profile(earlier *specs.LinuxSeccomp, args bool) (p *specs.LinuxSeccomp, missing []string) {
	used := r.used()
	p = &specs.LinuxSeccomp{DefaultAction: specs.ActErrno}
	if earlier != nil {
		p = new(*earlier)
		p.Syscalls = slices.Clone(p.Syscalls)
	}
	p.Architectures = union(p.Architectures, used.arches)
	m := merger{p: p, missing: used.unnamed}
	for _, c := range compared(r.machine) {
		if used.names[c.name] && !c.through && !used.hidden[c.name] && (args || m.compares(c.name)) {
			delete(used.names, c.name)
			m.allowArgs(c, slices.Sorted(maps.Keys(used.args[c.name])))
		}
	}
	m.allow(slices.Sorted(maps.Keys(used.names)))
	return p, m.missing
}

// used returns what was taken down, by name, with what was not seen.
func (r *Recorder) used() recorded {
	all := ofMachine(r.machine)
	u := recorded{arches: []specs.Arch{all[0].name}, names: map[string]bool{}, args: map[string]map[uint64]bool{}, hidden: map[string]bool{}}
	for _, name := range unseen {
		if _, ok := all[0].number(findSyscall(name)); ok {
			u.names[name] = true
		}
	}
	names := map[*arch]map[uint32]string{}
	for _, a := range all {
		names[a] = a.names()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for c := range r.calls {
		u.add(c, r.special, archOf(all, c), names)
	}
	slices.Sort(u.unnamed)
	return u
}

// archOf returns the architecture of a call, or nil.
func archOf(all []*arch, c call) *arch {
	var found *arch
	for _, a := range all {
		// x32 has the calls above its bit.
		if a.audit == c.arch && c.nr >= a.base {
			found = a
		}
	}
	return found
}

// add adds a call of architecture a, which is nil if it is not known.
func (u *recorded) add(c call, special map[call]special, a *arch, names map[*arch]map[uint32]string) {
	name := names[a][c.nr]
	if name == "" {
		u.unnamed = append(u.unnamed, fmt.Sprintf("%d of architecture %#x, which has no name", c.nr, c.arch))
		return
	}
	if !slices.Contains(u.arches, a.name) {
		u.arches = append(u.arches, a.name)
	}
	if !a.wide && a.base == 0 {
		for _, n := range unseen32 {
			u.names[n] = true
		}
	}
	if _, ok := special[call{c.arch, c.nr, 0}]; ok {
		if sub := through(name, c.arg); sub != "" {
			u.names[sub], u.hidden[sub] = true, true
			return
		}
		if u.args[name] == nil {
			u.args[name] = map[uint64]bool{}
		}
		u.args[name][c.arg] = true
	}
	u.names[name] = true
}

// through returns the call that is made through socketcall(2) or ipc(2) with this
// first argument, or "". A rule on that one is enough: see policy.multiplexed.
func through(name string, arg uint64) string {
	switch {
	case name == "socketcall" && 1 <= arg && arg <= uint64(len(socketCalls)):
		return socketCalls[arg-1]
	case name == "ipc":
		for _, c := range ipcCalls {
			if c.sub == arg {
				return c.name
			}
		}
	}
	return ""
}

// names returns the names of the architecture's calls by number.
func (a *arch) names() map[uint32]string {
	names := make(map[uint32]string, len(syscallNames))
	for i, name := range syscallNames {
		if nr, ok := a.numberAt(i); ok {
			names[nr] = name
		}
	}
	if a.numbers == numbersARM {
		for _, name := range armOnly {
			names[armNumber(name)] = name
		}
	}
	return names
}

// merger adds rules to a profile.
type merger struct {
	p       *specs.LinuxSeccomp
	missing []string
}

// CheckEarlier refuses a profile that no rules can be added to.
func CheckEarlier(s *specs.LinuxSeccomp, machine string) error {
	if _, err := New(s, machine); err != nil {
		return err
	}
	switch s.DefaultAction {
	case specs.ActErrno, specs.ActKill, specs.ActKillProcess, specs.ActKillThread, specs.ActTrap:
		return nil
	}
	return fmt.Errorf("linux.seccomp.defaultAction: is %s, so the profile refuses only what it names (want SCMP_ACT_ERRNO)", s.DefaultAction)
}

// rule returns the index of the first rule without args that names a call, or -1.
func (m *merger) rule(name string) int {
	return slices.IndexFunc(m.p.Syscalls, func(s specs.LinuxSyscall) bool {
		return len(s.Args) == 0 && slices.Contains(s.Names, name)
	})
}

// compares reports whether the profile compares an argument of the call.
func (m *merger) compares(name string) bool {
	return slices.ContainsFunc(m.p.Syscalls, func(s specs.LinuxSyscall) bool {
		return len(s.Args) > 0 && slices.Contains(s.Names, name)
	})
}

// allow allows calls whatever their arguments are, in the first rule that only
// does so. What a rule of its own says of a call stays: the first one counts.
func (m *merger) allow(names []string) {
	var add []string
	for _, name := range names {
		switch i := m.rule(name); {
		case i < 0:
			add = append(add, name)
		case m.p.Syscalls[i].Action != specs.ActAllow:
			m.missing = append(m.missing, fmt.Sprintf("%s, for which the profile has %s", name, m.p.Syscalls[i].Action))
		}
	}
	i := slices.IndexFunc(m.p.Syscalls, func(s specs.LinuxSyscall) bool { return len(s.Args) == 0 && s.Action == specs.ActAllow })
	if i < 0 {
		m.p.Syscalls = slices.Insert(m.p.Syscalls, 0, specs.LinuxSyscall{Action: specs.ActAllow})
		i = 0
	}
	m.p.Syscalls[i].Names = union(m.p.Syscalls[i].Names, add)
}

// allowArgs allows a call with these arguments, unless it is allowed with any.
func (m *merger) allowArgs(c compare, values []uint64) {
	if m.rule(c.name) >= 0 {
		m.allow([]string{c.name})
		return
	}
	for _, v := range values {
		arg := specs.LinuxSeccompArg{Index: uint(c.arg), Value: v, Op: specs.OpEqualTo}
		if c.mask != ^uint64(0) {
			arg = specs.LinuxSeccompArg{Index: uint(c.arg), Value: c.mask, ValueTwo: v, Op: specs.OpMaskedEqual}
		}
		if !m.has(c.name, arg) {
			m.p.Syscalls = append(m.p.Syscalls, specs.LinuxSyscall{Names: []string{c.name}, Action: specs.ActAllow, Args: []specs.LinuxSeccompArg{arg}})
		}
	}
}

// has reports whether the profile allows a call with this argument.
func (m *merger) has(name string, arg specs.LinuxSeccompArg) bool {
	return slices.ContainsFunc(m.p.Syscalls, func(s specs.LinuxSyscall) bool {
		return s.Action == specs.ActAllow && slices.Contains(s.Names, name) && slices.Equal(s.Args, []specs.LinuxSeccompArg{arg})
	})
}

// union returns the elements of both lists, sorted.
func union[T cmp.Ordered](a, b []T) []T {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}
