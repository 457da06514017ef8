package seccomp

import (
	"slices"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// interpret says what a profile says about one call, without compiling
// anything: it goes through the profile from its beginning.
func interpret(s *specs.LinuxSeccomp, machine string, d data) verdict {
	abi, ok := abiOf(s, machine, d)
	fallback := newTestVerdict(s.DefaultAction, s.DefaultErrnoRet)
	permissive := s.DefaultAction == specs.ActAllow || s.DefaultAction == specs.ActLog || s.DefaultAction == specs.ActTrace
	switch {
	case !ok && abi != nil && !permissive && newest(s, abi) > 0: // x32 without being listed
		return unix.SECCOMP_RET_ERRNO | verdict(unix.ENOSYS)
	case !ok:
		return unix.SECCOMP_RET_KILL_THREAD
	case d.nr >= 1<<31:
		return fallback
	}
	first := fallback
	found := false
	for _, sc := range s.Syscalls {
		v := newTestVerdict(sc.Action, sc.ErrnoRet)
		if v == fallback {
			continue
		}
		for _, name := range sc.Names {
			met, always := concerns(abi, name, sc.Args, d)
			if always {
				// Wherever it is, it settles the matter.
				return settled(s, abi, fallback, d)
			}
			if met && !found {
				first, found = v, true
			}
		}
	}
	if !found && !permissive && newest(s, abi) > 0 && uint64(d.nr) >= newest(s, abi) {
		return unix.SECCOMP_RET_ERRNO | verdict(unix.ENOSYS)
	}
	return first
}

// settled returns the verdict of the first rule without conditions.
func settled(s *specs.LinuxSeccomp, abi *arch, fallback verdict, d data) verdict {
	for _, sc := range s.Syscalls {
		v := newTestVerdict(sc.Action, sc.ErrnoRet)
		for _, name := range sc.Names {
			if _, always := concerns(abi, name, sc.Args, d); always && v != fallback {
				return v
			}
		}
	}
	panic("nothing is settled")
}

// concerns tells whether a rule is about the call and met, and whether it has no
// conditions.
func concerns(abi *arch, name string, args []specs.LinuxSeccompArg, d data) (met, always bool) {
	if nr, ok := abi.number(findSyscall(name)); ok && nr == d.nr {
		return meets(args, abi.wide, d, false), len(args) == 0
	}
	through, sub := multiplexer(name)
	if nr, ok := abi.number(findSyscall(through)); ok && nr == d.nr {
		return uint32(d.args[0]) == uint32(sub) && (abi.mask() != ^uint64(0) || d.args[0] == sub) && meets(args, abi.wide, d, true), false
	}
	return false, false
}

// meets tells whether the arguments are as wanted: all of them or, if an
// argument has two conditions, any.
func meets(args []specs.LinuxSeccompArg, wide bool, d data, multiplexed bool) bool {
	count := map[uint]int{}
	twice := false
	for _, a := range args {
		count[a.Index]++
		twice = twice || count[a.Index] > 1
	}
	for _, a := range args {
		m := multiplexed && a.Index == 0 || matches(a, wide, d.args[a.Index])
		if m == twice {
			return twice
		}
	}
	return !twice
}

func matches(a specs.LinuxSeccompArg, wide bool, arg uint64) bool {
	value, two := a.Value, a.ValueTwo
	if !wide {
		value, two, arg = value&0xffffffff, two&0xffffffff, arg&0xffffffff
	}
	switch a.Op {
	case specs.OpNotEqual:
		return arg != value
	case specs.OpLessThan:
		return arg < value
	case specs.OpLessEqual:
		return arg <= value
	case specs.OpEqualTo:
		return arg == value
	case specs.OpGreaterEqual:
		return arg >= value
	case specs.OpGreaterThan:
		return arg > value
	}
	return arg&value == two&value
}

// natives are the architectures that every filter has on its machine.
var natives = map[string]specs.Arch{
	"amd64": specs.ArchX86_64, "386": specs.ArchX86, "arm64": specs.ArchAARCH64, "arm": specs.ArchARM,
	"mips64": specs.ArchMIPS64, "mips64le": specs.ArchMIPSEL64, "ppc64": specs.ArchPPC64, "ppc64le": specs.ArchPPC64LE,
	"s390x": specs.ArchS390X, "riscv64": specs.ArchRISCV64, "loong64": specs.ArchLOONGARCH64,
	"parisc64": specs.ArchPARISC64, "m68k": specs.ArchM68K, "sh": specs.ArchSH, "sheb": specs.ArchSHEB,
}

// kernelOf returns the machine whose kernel may run a program for machine.
func kernelOf(machine string) string {
	switch machine {
	case "386":
		return "amd64"
	case "arm":
		return "arm64"
	}
	return machine
}

// abiOf returns the ABI that a call belongs to, and whether the profile has it.
func abiOf(s *specs.LinuxSeccomp, machine string, d data) (*arch, bool) {
	for i := range arches {
		a := &arches[i]
		if a.machine != kernelOf(machine) || a.audit != d.arch {
			continue
		}
		isX32 := d.nr&x32Bit != 0 && d.nr < 1<<31
		if a.audit == unix.AUDIT_ARCH_X86_64 && isX32 != (a.name == specs.ArchX32) {
			continue
		}
		listed := func(name specs.Arch) bool { return natives[machine] == name || slices.Contains(s.Architectures, name) }
		if a.name == specs.ArchX32 && !listed(specs.ArchX86_64) {
			return nil, false
		}
		if listed(a.name) {
			return a, true
		}
		if a.name == specs.ArchX32 {
			return &arches[0], false
		}
	}
	return nil, false
}

// newest returns the number behind the highest one that is named, itself or by
// the call that it is made through, or 0.
func newest(s *specs.LinuxSeccomp, abi *arch) uint64 {
	n := uint64(0)
	for _, sc := range s.Syscalls {
		for _, name := range sc.Names {
			through, _ := multiplexer(name)
			for _, name := range []string{name, through} {
				if nr, ok := abi.number(findSyscall(name)); ok {
					n = max(n, uint64(nr)+1)
				}
			}
		}
	}
	return n
}

func newTestVerdict(a specs.LinuxSeccompAction, errnoRet *uint) verdict {
	errno := uint(1)
	if errnoRet != nil {
		errno = *errnoRet
	}
	switch a {
	case specs.ActTrap:
		return unix.SECCOMP_RET_TRAP
	case specs.ActErrno:
		return verdict(0x50000 | errno)
	case specs.ActTrace:
		return verdict(0x7ff00000 | errno)
	case specs.ActAllow:
		return unix.SECCOMP_RET_ALLOW
	case specs.ActLog:
		return unix.SECCOMP_RET_LOG
	case specs.ActNotify:
		return unix.SECCOMP_RET_USER_NOTIF
	case specs.ActKillProcess:
		return unix.SECCOMP_RET_KILL_PROCESS
	}
	return unix.SECCOMP_RET_KILL_THREAD
}
