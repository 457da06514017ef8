package program

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"strings"
)

// memory is what an address of the arena points to: the rest of a datum.
type memory struct {
	pr  *printer
	d   *Datum
	off int
}

// memory returns what a points to, and false if that is nothing.
func (pr *printer) memory(a Arg) (memory, bool) {
	if a.Kind != ArgAddr || a.Value >= uint64(len(pr.p.Data)) {
		return memory{}, false
	}
	m := memory{pr, &pr.p.Data[a.Value], int(a.Off)}
	return m, m.off <= m.d.Len()
}

// len returns how many bytes there are.
func (m memory) len() int { return m.d.Len() - m.off }

// bytes returns the first n bytes, or all if there are less.
func (m memory) bytes(n int) []byte {
	n = min(n, m.len())
	if m.d.Bytes == nil {
		return make([]byte, max(n, 0))
	}
	return m.d.Bytes[m.off:max(m.off, min(m.off+n, len(m.d.Bytes)))]
}

// u64 and u32 return the word at off, and zero behind the end.
func (m memory) u64(off int) uint64 {
	var w [8]byte
	if off < m.len() {
		copy(w[:], memory{m.pr, m.d, m.off + off}.bytes(8))
	}
	return binary.NativeEndian.Uint64(w[:])
}

// long returns the long at off.
func (m memory) long(off int) uint64 {
	if LongSize == 4 {
		return uint64(m.u32(off))
	}
	return m.u64(off)
}

func (m memory) u32(off int) uint32 {
	var w [4]byte
	if off < m.len() {
		copy(w[:], memory{m.pr, m.d, m.off + off}.bytes(4))
	}
	return binary.NativeEndian.Uint32(w[:])
}

// ref returns the pointer stored at off.
func (m memory) ref(off int) (Arg, bool) {
	for _, r := range m.d.Refs {
		if int(r.Off) == m.off+off {
			return r.To, true
		}
	}
	return Null, false
}

// pointer returns what the pointer at off points to, read as o.
func (m memory) pointer(off int, o operand, count int) string {
	if a, ok := m.ref(off); ok {
		return m.pr.pointer(a, o, count)
	}
	if v := m.long(off); v != 0 {
		return hex(m.pr, v, nil)
	}
	return "NULL"
}

// anything prints data of which nothing is known: text or, if it has pointers
// in it, longs. It does not follow pointers to more pointers, because they may
// lead back.
func (m memory) anything() string {
	if len(m.d.Refs) == 0 {
		return text(m, 0, nil)
	}
	var list []string
	for off := 0; off < m.len(); off += LongSize {
		a, isPointer := m.ref(off)
		if to, ok := m.pr.memory(a); ok && len(to.d.Refs) > 0 {
			list = append(list, "&"+m.pr.address(a))
		} else if isPointer {
			list = append(list, m.pr.pointer(a, operand{}, 0))
		} else {
			list = append(list, hex(m.pr, m.long(off), nil))
		}
	}
	return "{" + strings.Join(list, ", ") + "}"
}

// The functions from here on print data: see operand.data.

// text prints a string up to its NUL, or all of data without a NUL.
func text(m memory, _ int, _ []constant) string {
	b := m.bytes(m.len())
	if i := bytes.IndexByte(b, 0); i >= 0 && i == len(b)-1 {
		b = b[:i]
	}
	return strconv.Quote(string(b))
}

// buffer prints as many bytes as the call takes.
func buffer(m memory, count int, _ []constant) string {
	if count < 0 {
		count = m.len()
	}
	return strconv.Quote(string(m.bytes(count)))
}

// stringList prints a null-terminated array of strings.
func stringList(m memory, _ int, _ []constant) string {
	var list []string
	for off := 0; ; off += LongSize {
		a, ok := m.ref(off)
		if !ok {
			break
		}
		list = append(list, m.pr.pointer(a, operand{data: text}, -1))
	}
	return "[" + strings.Join(list, ", ") + "]"
}

// ids prints an array of group ids.
func ids(m memory, count int, _ []constant) string {
	list := make([]string, min(max(count, 0), m.len()/4))
	for i := range list {
		list[i] = strconv.FormatUint(uint64(m.u32(4*i)), 10)
	}
	return "[" + strings.Join(list, ", ") + "]"
}

// nothing is for a pointer to data that is not printed.
func nothing(memory, int, []constant) string { return "" }

// intPointer prints a pointer to an int.
func intPointer(m memory, _ int, _ []constant) string {
	if m.len() < 4 {
		return ""
	}
	return "[" + strconv.Itoa(int(int32(m.u32(0)))) + "]"
}
