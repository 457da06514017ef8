package program

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// SeccompFilter appends the seccomp(2) that loads a filter. With
// SECCOMP_FILTER_FLAG_NEW_LISTENER the result is a descriptor.
func (b *Builder) SeccompFilter(flags uint64, filter []unix.SockFilter) *Call {
	code := make([]byte, 0, 8*len(filter))
	for _, i := range filter {
		code = binary.NativeEndian.AppendUint16(code, i.Code)
		code = append(code, i.Jt, i.Jf)
		code = binary.NativeEndian.AppendUint32(code, i.K)
	}
	// struct sock_fprog: a 16-bit length and, aligned, a pointer.
	var prog [2 * LongSize]byte
	binary.NativeEndian.PutUint16(prog[:], uint16(len(filter)))
	return b.Call(unix.SYS_SECCOMP, Imm(unix.SECCOMP_SET_MODE_FILTER), Imm(flags),
		b.Struct(prog[:], Ref{Off: LongSize, To: b.Bytes(code)}))
}
