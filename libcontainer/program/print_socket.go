package program

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// socketType prints a socket's type with the flags that come with it.
func socketType(pr *printer, v uint64, _ []constant) string {
	const typeMask = 0xf // SOCK_TYPE_MASK
	kind := enum(pr, v&typeMask, socketNames)
	if rest := v &^ typeMask; rest != 0 {
		kind += "|" + flags(pr, rest, socketFlagNames)
	}
	return kind
}

// sockaddr prints the address of an AF_UNIX socket. An abstract name begins
// with @.
func sockaddr(m memory, count int, _ []constant) string {
	if m.len() < 2 {
		return ""
	}
	if count < 0 {
		count = m.len()
	}
	b := m.bytes(count)
	var family uint64
	if len(b) >= 2 {
		family = uint64(binary.NativeEndian.Uint16(b))
	}
	if family != unix.AF_UNIX || len(b) < 3 {
		return fmt.Sprintf("{family=%s, %q}", enum(m.pr, family, familyNames), b[min(2, len(b)):])
	}
	path := b[2:]
	if path[0] == 0 {
		return fmt.Sprintf("{family=AF_UNIX, path=%q}", "@"+string(path[1:]))
	}
	if i := bytes.IndexByte(path, 0); i >= 0 {
		path = path[:i]
	}
	return fmt.Sprintf("{family=AF_UNIX, path=%q}", path)
}

// message prints a struct msghdr: name, its length, vector, its length, control
// data, its length, flags.
func message(m memory, _ int, _ []constant) string {
	if m.len() < MsghdrSize {
		return ""
	}
	list := []string{"iov=" + m.pointer(MsghdrIovOff, operand{data: vector}, int(min(m.long(MsghdrIovlenOff), 1024)))}
	if _, ok := m.ref(0); ok {
		list = append(list, "name="+m.pointer(0, operand{data: sockaddr}, int(m.u32(LongSize))))
	}
	if _, ok := m.ref(MsghdrControlOff); ok {
		size := m.long(MsghdrControlenOff)
		control := m.pointer(MsghdrControlOff, operand{data: buffer}, int(min(size, 1<<20)))
		list = append(list, fmt.Sprintf("control=%s, controllen=%d", control, size))
	}
	return "{" + strings.Join(list, ", ") + "}"
}

// vector prints count struct iovec.
func vector(m memory, count int, _ []constant) string {
	list := make([]string, 0, max(count, 0))
	for off := 0; off < IovecSize*count && off < m.len(); off += IovecSize {
		n := m.long(off + IovecLenOff)
		base := m.pointer(off, operand{data: buffer}, int(min(n, 1<<30)))
		list = append(list, "{"+base+", "+strconv.FormatUint(n, 10)+"}")
	}
	return "[" + strings.Join(list, ", ") + "]"
}

// ifreq prints the name and the flags of a struct ifreq.
func ifreq(m memory, _ int, _ []constant) string {
	if m.len() < unix.IFNAMSIZ+2 {
		return ""
	}
	name, _, _ := bytes.Cut(m.bytes(unix.IFNAMSIZ), []byte{0})
	return fmt.Sprintf("{%q, flags=%s}", name, flags(m.pr, uint64(binary.NativeEndian.Uint16(m.bytes(m.len())[unix.IFNAMSIZ:])), interfaceNames))
}
