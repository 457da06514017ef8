package program

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// The functions of this file print what calls on scheduling take: see
// operand.value and operand.data.

// cpuSet prints the numbers of a CPU mask of count bytes.
func cpuSet(m memory, count int, _ []constant) string {
	if count < 0 || count > m.len() {
		count = m.len()
	}
	return bitRanges(m, 8*count)
}

// nodeMask prints the numbers of a mask of memory nodes, whose size is its
// number of bits plus one.
func nodeMask(m memory, count int, _ []constant) string {
	return bitRanges(m, min(count-1, 8*m.len()))
}

// bitRanges prints the numbers of the bits that are set, as ranges.
func bitRanges(m memory, bits int) string {
	has := func(n int) bool { return n < bits && m.u64(n/64*8)>>(n%64)&1 != 0 }
	var list []string
	for n := 0; n < bits; n++ {
		if !has(n) {
			continue
		}
		first := n
		for has(n + 1) {
			n++
		}
		if first == n {
			list = append(list, strconv.Itoa(n))
		} else {
			list = append(list, fmt.Sprintf("%d-%d", first, n))
		}
	}
	return "[" + strings.Join(list, ",") + "]"
}

func schedAttr(m memory, _ int, _ []constant) string {
	if m.len() < unix.SizeofSchedAttr {
		return ""
	}
	list := []string{"policy=" + enum(m.pr, uint64(m.u32(4)), schedNames)}
	if v := m.u64(8); v != 0 {
		list = append(list, "flags="+flags(m.pr, v, schedFlagNames))
	}
	list = append(list, fmt.Sprintf("nice=%d, priority=%d", int32(m.u32(16)), m.u32(20)))
	if m.u64(24) != 0 || m.u64(32) != 0 || m.u64(40) != 0 {
		list = append(list, fmt.Sprintf("runtime=%d, deadline=%d, period=%d", m.u64(24), m.u64(32), m.u64(40)))
	}
	if v := m.u64(48); v != 0 {
		list = append(list, fmt.Sprintf("util_min=%d, util_max=%d", m.u32(48), m.u32(52)))
	}
	return "{" + strings.Join(list, ", ") + "}"
}

// ioprio prints an I/O priority.
func ioprio(pr *printer, v uint64, _ []constant) string {
	class := enum(pr, v>>ioprioClassShift, ioprioClassNames)
	return fmt.Sprintf("IOPRIO_PRIO_VALUE(%s, %d)", class, v&(1<<ioprioClassShift-1))
}

// memoryMode prints the mode of a memory policy with its flags.
func memoryMode(pr *printer, v uint64, _ []constant) string {
	mode := enum(pr, v&^unix.MPOL_MODE_FLAGS, memoryModeNames)
	if set := v & unix.MPOL_MODE_FLAGS; set != 0 {
		mode += "|" + flags(pr, set, memoryFlagNames)
	}
	return mode
}
