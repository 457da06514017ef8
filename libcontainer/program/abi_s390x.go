package program

import "golang.org/x/sys/unix"

// mmapShared appends the mmap(2) of size bytes of fd, shared and writable, in
// place of what is at the fixed address addr. The only mmap of this
// architecture takes its arguments in memory (struct s390_mmap_arg_struct in
// arch/s390/kernel/syscall.c).
func (b *Builder) mmapShared(addr uintptr, size int, fd Arg) *Call {
	args := b.Buffer(6 * LongSize) // the last one, the offset, is 0
	for i, a := range [...]Arg{
		Imm(addr), Imm(size), Imm(unix.PROT_READ | unix.PROT_WRITE), Imm(unix.MAP_SHARED | unix.MAP_FIXED), fd,
	} {
		b.StoreLong(args.At(uint32(i*LongSize)), a)
	}
	return b.Call(unix.SYS_MMAP, args)
}

// clone appends clone(2). Stack, child_tid and tls are null. The stack comes
// first (CONFIG_CLONE_BACKWARDS2).
func (b *Builder) clone(flags uint64, parentTid Arg) *Call {
	return b.Call(unix.SYS_CLONE, Null, Imm(flags), parentTid)
}

var (
	cloneOperands = [...]operand{opPointer, {value: cloneFlags}}
	mmapOperands  = [...]operand{opPointer}
)
