package program

import "golang.org/x/sys/unix"

// Sendmsg appends sendmsg(2). msg is a struct msghdr, see [MsghdrSize].
func (b *Builder) Sendmsg(fd, msg Arg, flags int) *Call {
	return b.Call(unix.SYS_SENDMSG, fd, msg, Imm(flags))
}

// Recvmsg appends recvmsg(2). msg is a struct msghdr that the kernel writes to.
func (b *Builder) Recvmsg(fd, msg Arg, flags int) *Call {
	return b.Call(unix.SYS_RECVMSG, fd, msg, Imm(flags))
}

// Layout of struct iovec, struct msghdr and struct cmsghdr: the offsets of
// their fields, and of the data of a control message. All fields but the level
// and the type of a control message are longs or pointers, or have padding
// behind them.
const (
	IovecSize   = 2 * LongSize
	IovecLenOff = LongSize

	MsghdrSize         = 7 * LongSize
	MsghdrIovOff       = 2 * LongSize
	MsghdrIovlenOff    = 3 * LongSize
	MsghdrControlOff   = 4 * LongSize
	MsghdrControlenOff = 5 * LongSize

	cmsgLevelOff = LongSize
	cmsgTypeOff  = LongSize + 4
	CmsgDataOff  = LongSize + 8
)

// CmsgSpace returns the size of a control message with n descriptors, without
// the padding behind it.
func CmsgSpace(n int) int { return CmsgDataOff + 4*n }

// StoreRights appends the steps that make the control message at addr, of
// CmsgSpace(n) bytes, one that passes n descriptors. Those are at CmsgDataOff.
func (b *Builder) StoreRights(addr Arg, n int) {
	b.StoreLong(addr, Imm(CmsgSpace(n)))
	b.Store(addr.At(cmsgLevelOff), Imm(unix.SOL_SOCKET))
	b.Store(addr.At(cmsgTypeOff), Imm(unix.SCM_RIGHTS))
}

// Socket appends socket(2).
func (b *Builder) Socket(family, kind int) *Call {
	return b.Call(unix.SYS_SOCKET, Imm(family), Imm(kind|unix.SOCK_CLOEXEC), Imm(0))
}

// SendFD appends the steps of a sendmsg(2) of size bytes at data that carries
// the descriptor fd.
func (b *Builder) SendFD(socket, data Arg, size int, fd Arg) *Call {
	control := b.Buffer(CmsgSpace(1))
	b.StoreRights(control, 1)
	b.Store(control.At(CmsgDataOff), fd)
	return b.Sendmsg(socket, b.Msghdr(b.Iovec(data, size), control, CmsgSpace(1)), 0)
}

// Iovec returns the address of a constant struct iovec of size bytes at addr.
func (b *Builder) Iovec(addr Arg, size int) Arg {
	iov := append(make([]byte, IovecLenOff), long(uint64(size))...)
	return b.Struct(iov, Ref{Off: 0, To: addr})
}

// Msghdr returns the address of a constant struct msghdr with one iovec and
// controlSize bytes of control messages.
func (b *Builder) Msghdr(iov, control Arg, controlSize int) Arg {
	header := make([]byte, MsghdrSize)
	copy(header[MsghdrIovlenOff:], long(1))
	copy(header[MsghdrControlenOff:], long(uint64(controlSize)))
	return b.Struct(header, Ref{Off: MsghdrIovOff, To: iov}, Ref{Off: MsghdrControlOff, To: control})
}
