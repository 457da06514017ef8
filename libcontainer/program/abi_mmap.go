//go:build !s390x

package program

import "golang.org/x/sys/unix"

// mmapShared appends the mmap(2) of size bytes of fd, shared and writable, in
// place of what is at the fixed address addr.
func (b *Builder) mmapShared(addr uintptr, size int, fd Arg) *Call {
	return b.Call(sysMmap, Imm(addr), Imm(size), Imm(unix.PROT_READ|unix.PROT_WRITE),
		Imm(unix.MAP_SHARED|unix.MAP_FIXED), fd, Imm(0))
}

// clone appends clone(2). Stack, tls and child_tid, the order of whose last two
// differs between architectures, are null.
func (b *Builder) clone(flags uint64, parentTid Arg) *Call {
	return b.Call(unix.SYS_CLONE, Imm(flags), Null, parentTid)
}

var (
	cloneOperands = [...]operand{{value: cloneFlags}}
	mmapOperands  = [...]operand{opHex, opInt, {value: flags, names: protNames}, {value: flags, names: mapNames}, opFD, opHex}
)
