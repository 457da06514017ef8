package seccomp

import "slices"

//go:generate sh -c "go run gen_syscalls.go $(go list -m -f {{.Dir}} golang.org/x/sys)/unix kernel_numbers.txt"

// absent is the number, in syscallNumbers, of a call that a table does not
// have.
const absent = 0xffff

// nowhere is the index of a name that is not in syscallNames.
const nowhere = -1

// syscall is a system call by its name.
type syscall struct {
	index   int    // in syscallNames, or nowhere
	arm     uint32 // number on 32-bit ARM, if only that has the call, or 0
	through int    // the call that it can be made through: see multiplexed
	sub     uint64 // its number there
}

func findSyscall(name string) syscall {
	through, sub := multiplexer(name)
	return syscall{index: find(name), arm: armNumber(name), through: find(through), sub: sub}
}

// known tells whether any architecture has the system call.
func (s syscall) known() bool { return s.index != nowhere || s.arm != 0 }

func find(name string) int {
	if name != "" {
		if i, ok := slices.BinarySearch(syscallNames[:], name); ok {
			return i
		}
	}
	return nowhere
}

// number returns the number of a system call of this architecture.
func (a *arch) number(s syscall) (uint32, bool) {
	if a.numbers == numbersARM && s.arm != 0 {
		return s.arm, true
	}
	return a.numberAt(s.index)
}

func (a *arch) numberAt(index int) (uint32, bool) {
	if index == nowhere || syscallNumbers[a.numbers][index] == absent {
		return 0, false
	}
	return uint32(syscallNumbers[a.numbers][index]) + a.base, true
}

// armNumber returns the number of a call that only 32-bit ARM has, or 0. These
// numbers are above all others (__ARM_NR_BASE in
// arch/arm/include/uapi/asm/unistd.h).
func armNumber(name string) uint32 {
	const base = 0xf0000
	for i, n := range armOnly {
		if n == name {
			return base + 1 + uint32(i)
		}
	}
	return 0
}

// armOnly are these calls, in the order of their numbers.
var armOnly = [...]string{"breakpoint", "cacheflush", "usr26", "usr32", "set_tls", "get_tls"}
