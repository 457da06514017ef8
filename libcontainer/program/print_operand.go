package program

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// operand returns the text of argument i of the call s.
func (pr *printer) operand(s *Step, i int, o operand) string {
	a := s.Args[i]
	switch {
	case a.Kind == ArgSlot:
		return pr.slot(Slot(a.Value))
	case a.Kind == ArgAddr:
		return pr.pointer(a, o, o.counted(s, i))
	case o.data != nil && a.Value == 0:
		return "NULL"
	case o.value != nil:
		return o.value(pr, a.Value, o.names)
	}
	return hex(pr, a.Value, nil)
}

// pointer returns what a points to. Only constant data says what the kernel
// will read there. Earlier steps fill a buffer, or the call writes to it.
func (pr *printer) pointer(a Arg, o operand, count int) string {
	m, ok := pr.memory(a)
	if !ok || m.d.Mutable {
		return pr.address(a)
	}
	if o.data != nil {
		if text := o.data(m, count, o.names); text != "" {
			return text
		}
	}
	return m.anything()
}

// The functions from here on print an immediate: see operand.value.

// hex prints small numbers in decimal and others in hexadecimal.
func hex(_ *printer, v uint64, _ []constant) string {
	if v < 10 {
		return strconv.FormatUint(v, 10)
	}
	return "0x" + strconv.FormatUint(v, 16)
}

// number prints a signed decimal.
func number(_ *printer, v uint64, _ []constant) string {
	return strconv.FormatInt(int64(v), 10)
}

// id prints a uid or gid, where -1 means "leave alone".
func id(_ *printer, v uint64, _ []constant) string {
	return strconv.FormatInt(int64(int32(v)), 10)
}

// mode prints permission bits.
func mode(_ *printer, v uint64, _ []constant) string {
	return fmt.Sprintf("%#03o", v)
}

// fileMode prints a mode with the file type in it.
func fileMode(pr *printer, v uint64, _ []constant) string {
	if v&unix.S_IFMT == 0 {
		return mode(pr, v, nil)
	}
	return enum(pr, v&unix.S_IFMT, fileTypes) + "|" + mode(pr, v&^unix.S_IFMT, nil)
}

// device prints a device number.
func device(_ *printer, v uint64, _ []constant) string {
	if v == 0 {
		return "0"
	}
	return fmt.Sprintf("makedev(%d, %d)", unix.Major(v), unix.Minor(v))
}

// fd prints a descriptor. An input of the program is printed by its name.
func fd(pr *printer, v uint64, _ []constant) string {
	n := int64(int32(v))
	switch {
	case n == unix.AT_FDCWD:
		return "AT_FDCWD"
	case n >= FirstInput && n < FirstInput+int64(len(pr.p.Inputs)):
		return string(pr.p.Inputs[n-FirstInput])
	}
	return strconv.FormatInt(n, 10)
}

// enum prints the name that v has in names.
func enum(pr *printer, v uint64, names []constant) string {
	for _, c := range names {
		if c.value == v {
			return c.name
		}
	}
	return hex(pr, v, nil)
}

// flags prints the bits of v. In names, a name of several bits comes before the
// names of these bits. Bits without a name are printed in hexadecimal.
func flags(_ *printer, v uint64, names []constant) string {
	if v == 0 {
		return "0"
	}
	var list []string
	for _, c := range names {
		if c.value != 0 && v&c.value == c.value {
			list = append(list, c.name)
			v &^= c.value
		}
	}
	if v != 0 {
		list = append(list, "0x"+strconv.FormatUint(v, 16))
	}
	return strings.Join(list, "|")
}

// openFlags prints the flags of open(2), in which the access mode is a number.
// O_PATH has no access mode.
func openFlags(pr *printer, v uint64, _ []constant) string {
	if v&unix.O_PATH != 0 {
		return flags(pr, v, openNames)
	}
	access := enum(pr, v&unix.O_ACCMODE, accessModes)
	if rest := v &^ unix.O_ACCMODE; rest != 0 {
		return access + "|" + flags(pr, rest, openNames)
	}
	return access
}

// access prints the mode of access(2), where 0 asks for existence.
func access(pr *printer, v uint64, names []constant) string {
	if v == unix.F_OK {
		return "F_OK"
	}
	return flags(pr, v, names)
}

// cloneFlags prints the flags of clone(2), whose low byte is a signal.
func cloneFlags(pr *printer, v uint64, _ []constant) string {
	const signalMask = 0xff // CSIGNAL
	if v&signalMask == 0 {
		return flags(pr, v, cloneNames)
	}
	signal := signal(pr, v&signalMask, nil)
	if rest := v &^ signalMask; rest != 0 {
		return flags(pr, rest, cloneNames) + "|" + signal
	}
	return signal
}

// signal prints a signal's name.
func signal(pr *printer, v uint64, _ []constant) string {
	if name := unix.SignalName(unix.Signal(v)); name != "" {
		return name
	}
	return number(pr, v, nil)
}

// capability prints a capability's number by its name.
func capability(pr *printer, v uint64, _ []constant) string {
	if v < uint64(len(capabilityNames)) {
		return capabilityNames[v]
	}
	return number(pr, v, nil)
}

// rangeFD prints an end of a range of descriptors.
func rangeFD(_ *printer, v uint64, _ []constant) string {
	if uint32(v) == ^uint32(0) {
		return "~0"
	}
	return strconv.FormatUint(uint64(uint32(v)), 10)
}
