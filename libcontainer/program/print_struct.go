package program

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// The functions of this file print what the kernel reads at an address as a
// structure: see operand.data. They return "" if the data is too short for it.

func openHow(m memory, _ int, _ []constant) string {
	if m.len() < unix.SizeofOpenHow {
		return ""
	}
	list := []string{"flags=" + openFlags(m.pr, m.u64(0), nil)}
	if v := m.u64(8); v != 0 {
		list = append(list, "mode="+mode(m.pr, v, nil))
	}
	if v := m.u64(16); v != 0 {
		list = append(list, "resolve="+flags(m.pr, v, resolveNames))
	}
	return "{" + strings.Join(list, ", ") + "}"
}

func mountAttr(m memory, _ int, _ []constant) string {
	if m.len() < unix.MOUNT_ATTR_SIZE_VER0 {
		return ""
	}
	var list []string
	if v := m.u64(0); v != 0 {
		list = append(list, "set="+flags(m.pr, v, mountAttrNames))
	}
	if v := m.u64(8); v != 0 {
		list = append(list, "clr="+flags(m.pr, v, mountAttrNames))
	}
	if v := m.u64(16); v != 0 {
		list = append(list, "propagation="+flags(m.pr, v, mountNames))
	}
	if v := m.u64(24); v != 0 {
		list = append(list, "userns="+fd(m.pr, v, nil))
	}
	return "{" + strings.Join(list, ", ") + "}"
}

func rlimit(m memory, _ int, _ []constant) string {
	if m.len() < 16 {
		return ""
	}
	return fmt.Sprintf("{soft=%s, hard=%s}", limit(m.u64(0)), limit(m.u64(8)))
}

func limit(v uint64) string {
	if v == unix.RLIM_INFINITY {
		return "RLIM_INFINITY"
	}
	return strconv.FormatUint(v, 10)
}

func capHeader(m memory, _ int, _ []constant) string {
	if m.len() < 8 {
		return ""
	}
	version := hex(m.pr, uint64(m.u32(0)), nil)
	if m.u32(0) == unix.LINUX_CAPABILITY_VERSION_3 {
		version = "_LINUX_CAPABILITY_VERSION_3"
	}
	return fmt.Sprintf("{version=%s, pid=%d}", version, int32(m.u32(4)))
}

// capSets prints the two struct __user_cap_data_struct of version 3: low
// halves of the three sets, then high halves.
func capSets(m memory, _ int, _ []constant) string {
	if m.len() < 24 {
		return ""
	}
	set := func(off int) string {
		return capabilities(m.pr, uint64(m.u32(off))|uint64(m.u32(off+12))<<32)
	}
	return fmt.Sprintf("{effective=%s, permitted=%s, inheritable=%s}", set(0), set(4), set(8))
}

// capabilities prints a set of capabilities by names, or the missing ones if
// they are fewer.
func capabilities(pr *printer, set uint64) string {
	const all = uint64(1)<<len(capabilityNames) - 1
	if set == all {
		return "all"
	}
	var list []string
	for bit := range uint64(64) {
		if set&(1<<bit) != 0 {
			list = append(list, capability(pr, bit, nil))
		}
	}
	if list == nil {
		return "0"
	}
	return strings.Join(list, "|")
}

// sigset prints a kernel sigset_t, in which bit n is signal n+1.
func sigset(m memory, _ int, _ []constant) string {
	if m.len() < 8 {
		return ""
	}
	return signals(m.pr, m.u64(0))
}

func signals(pr *printer, set uint64) string {
	if set == ^uint64(0) {
		return "~[]"
	}
	var list []string
	for n := range uint64(64) {
		if set&(1<<n) != 0 {
			list = append(list, signal(pr, n+1, nil))
		}
	}
	return "[" + strings.Join(list, " ") + "]"
}

// sigaction prints what the kernel's struct sigaction has first on every
// architecture: handler, flags.
func sigaction(m memory, _ int, _ []constant) string {
	if m.len() < 32 {
		return ""
	}
	handler := hex(m.pr, m.long(0), nil)
	switch m.long(0) {
	case 0:
		handler = "SIG_DFL"
	case 1:
		handler = "SIG_IGN"
	}
	return fmt.Sprintf("{handler=%s, flags=%s}", handler, hex(m.pr, m.long(LongSize), nil))
}
