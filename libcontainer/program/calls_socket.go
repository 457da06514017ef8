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

// Layout of struct msghdr and struct cmsghdr on 64-bit machines, in bytes: the
// offsets of their fields, and of the data of a control message.
const (
	MsghdrSize         = 56
	MsghdrIovOff       = 16
	MsghdrIovlenOff    = 24
	MsghdrControlOff   = 32
	MsghdrControlenOff = 40

	CmsgLenOff   = 0
	CmsgLevelOff = 8
	CmsgDataOff  = 16

	// FDMask selects a descriptor in the word where it is.
	FDMask = 1<<32 - 1

	// CmsgRights is the word at CmsgLevelOff of a message with descriptors.
	CmsgRights = unix.SOL_SOCKET | unix.SCM_RIGHTS<<32
)

// Socket appends socket(2).
func (b *Builder) Socket(family, kind int) *Call {
	return b.Call(unix.SYS_SOCKET, Imm(family), Imm(kind|unix.SOCK_CLOEXEC), Imm(0))
}

// SendFD appends the steps of a sendmsg(2) of size bytes at data that carries
// the descriptor fd.
func (b *Builder) SendFD(socket, data Arg, size int, fd Arg) *Call {
	const length, space = CmsgDataOff + 4, CmsgDataOff + 8
	control := b.Buffer(space)
	b.Store(control.At(CmsgLenOff), Imm(length))
	b.Store(control.At(CmsgLevelOff), Imm(CmsgRights))
	b.Store(control.At(CmsgDataOff), fd)
	return b.Sendmsg(socket, b.Msghdr(b.Iovec(data, size), control, space), 0)
}

// Iovec returns the address of a constant struct iovec of size bytes at addr.
func (b *Builder) Iovec(addr Arg, size int) Arg {
	iov := append(make([]byte, 8), word(uint64(size))...)
	return b.Struct(iov, Ref{Off: 0, To: addr})
}

// Msghdr returns the address of a constant struct msghdr with one iovec and
// controlSize bytes of control messages.
func (b *Builder) Msghdr(iov, control Arg, controlSize int) Arg {
	header := make([]byte, MsghdrSize)
	copy(header[MsghdrIovlenOff:], word(1))
	copy(header[MsghdrControlenOff:], word(uint64(controlSize)))
	return b.Struct(header, Ref{Off: MsghdrIovOff, To: iov}, Ref{Off: MsghdrControlOff, To: control})
}
