package seccomp

import "slices"

//go:generate sh -c "go run gen_syscalls.go $(go list -m -f {{.Dir}} golang.org/x/sys)/unix"

// absent is the number, in syscallNumbers, of a call that a table does not
// have.
const absent = 0xffff

// known tells whether any architecture has a system call of this name.
func known(name string) bool {
	_, ok := slices.BinarySearch(syscallNames[:], name)
	_, arm := armNumber(name)
	return ok || arm
}

// number returns the number of a system call of this architecture.
func (a *arch) number(name string) (uint32, bool) {
	if a.numbers == numbersARM {
		if n, ok := armNumber(name); ok {
			return n, true
		}
	}
	i, ok := slices.BinarySearch(syscallNames[:], name)
	if !ok || syscallNumbers[a.numbers][i] == absent {
		return 0, false
	}
	return uint32(syscallNumbers[a.numbers][i]) + a.base, true
}

// armNumber returns the number of a call that only the 32-bit ARM has, above
// all others (__ARM_NR_BASE in arch/arm/include/uapi/asm/unistd.h).
func armNumber(name string) (uint32, bool) {
	const base = 0xf0000
	switch name {
	case "breakpoint":
		return base + 1, true
	case "cacheflush":
		return base + 2, true
	case "usr26":
		return base + 3, true
	case "usr32":
		return base + 4, true
	case "set_tls":
		return base + 5, true
	case "get_tls":
		return base + 6, true
	}
	return 0, false
}
