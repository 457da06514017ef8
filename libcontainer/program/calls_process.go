package program

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// Setns appends setns(2). nstype is the CLONE_NEW flag that fd must match.
func (b *Builder) Setns(fd Arg, nstype int) *Call {
	return b.Call(unix.SYS_SETNS, fd, Imm(nstype))
}

// Unshare appends unshare(2).
func (b *Builder) Unshare(flags int) *Call { return b.Call(unix.SYS_UNSHARE, Imm(flags)) }

// Fork appends clone(2) with these flags on the caller's stack, which is a
// fork: both processes go on with the next step, the child with result 0.
func (b *Builder) Fork(flags uint64) *Call { return b.clone(flags|uint64(unix.SIGCHLD), Null) }

// ForkSibling is Fork, but the child is a child of the caller's parent
// (CLONE_PARENT). The kernel stores the pid that it has in the caller's pid
// namespace at [SiblingAddr].
func (b *Builder) ForkSibling(flags uint64) *Call {
	flags |= uint64(unix.CLONE_PARENT | unix.CLONE_PARENT_SETTID | unix.SIGCHLD)
	return b.clone(flags, Imm(SiblingAddr))
}

// ExitGroup appends exit_group(2).
func (b *Builder) ExitGroup(status int) *Call { return b.Call(unix.SYS_EXIT_GROUP, Imm(status)) }

// Getpid appends getpid(2).
func (b *Builder) Getpid() *Call { return b.Call(unix.SYS_GETPID) }

// PidfdOpen appends pidfd_open(2) (Linux 5.3), whose descriptor is always
// close-on-exec.
func (b *Builder) PidfdOpen(pid Arg) *Call { return b.Call(unix.SYS_PIDFD_OPEN, pid, Imm(0)) }

// Setsid appends setsid(2).
func (b *Builder) Setsid() *Call { return b.Call(unix.SYS_SETSID) }

// Sethostname appends sethostname(2).
func (b *Builder) Sethostname(name string) *Call {
	return b.Call(unix.SYS_SETHOSTNAME, b.String(name), Imm(len(name)))
}

// Setdomainname appends setdomainname(2).
func (b *Builder) Setdomainname(name string) *Call {
	return b.Call(unix.SYS_SETDOMAINNAME, b.String(name), Imm(len(name)))
}

// Umask appends umask(2).
func (b *Builder) Umask(mask uint32) *Call { return b.Call(unix.SYS_UMASK, Imm(mask)) }

// Setrlimit appends prlimit64(2) on the calling process. The limits are the
// kernel's: RLIM_INFINITY is all ones.
func (b *Builder) Setrlimit(resource int, soft, hard uint64) *Call {
	return b.Call(unix.SYS_PRLIMIT64, Imm(0), Imm(resource), b.Words(soft, hard), Null)
}

// Getrlimit appends prlimit64(2) that stores the limits of the calling process,
// soft and hard, as two words at addr.
func (b *Builder) Getrlimit(resource int, addr Arg) *Call {
	return b.Call(unix.SYS_PRLIMIT64, Imm(0), Imm(resource), Null, addr)
}

// SetrlimitFrom is Setrlimit to the two words at addr.
func (b *Builder) SetrlimitFrom(resource int, addr Arg) *Call {
	return b.Call(unix.SYS_PRLIMIT64, Imm(0), Imm(resource), addr, Null)
}

// Setgroups appends setgroups(2).
func (b *Builder) Setgroups(gids []uint32) *Call {
	list := Null
	if len(gids) > 0 {
		list = b.Words32(gids...)
	}
	return b.Call(sysSetgroups, Imm(len(gids)), list)
}

// Setresgid appends setresgid(2) of all three ids.
func (b *Builder) Setresgid(gid uint32) *Call {
	return b.Call(sysSetresgid, Imm(gid), Imm(gid), Imm(gid))
}

// Setresuid appends setresuid(2) of all three ids.
func (b *Builder) Setresuid(uid uint32) *Call {
	return b.Call(sysSetresuid, Imm(uid), Imm(uid), Imm(uid))
}

// Prctl appends prctl(2). The arguments that are not given are zero.
func (b *Builder) Prctl(option int, args ...Arg) *Call {
	return b.Call(unix.SYS_PRCTL, append([]Arg{Imm(option)}, args...)...)
}

// Capset appends capset(2) on the calling thread. Each set has a bit for each
// capability.
func (b *Builder) Capset(effective, permitted, inheritable uint64) *Call {
	header := b.Words32(unix.LINUX_CAPABILITY_VERSION_3, 0)
	data := b.Words32(
		uint32(effective), uint32(permitted), uint32(inheritable),
		uint32(effective>>32), uint32(permitted>>32), uint32(inheritable>>32))
	return b.Call(unix.SYS_CAPSET, header, data)
}

// Execve appends execve(2). argv and envp are made by [Builder.Pointers].
func (b *Builder) Execve(path string, argv, envp Arg) *Call {
	return b.Call(unix.SYS_EXECVE, b.String(path), argv, envp)
}

// SignalDefault appends the rt_sigaction(2) that gives a signal its default
// action.
func (b *Builder) SignalDefault(signal unix.Signal) *Call {
	action := b.Words(0, 0, 0, 0) // as large as any architecture's; SIG_DFL is 0
	return b.Call(unix.SYS_RT_SIGACTION, Imm(signal), action, Null, Imm(8))
}

// SignalMask appends the rt_sigprocmask(2) that blocks exactly the signals of
// mask: bit n-1 is signal n.
func (b *Builder) SignalMask(mask uint64) *Call {
	return b.Call(unix.SYS_RT_SIGPROCMASK, Imm(unix.SIG_SETMASK), b.Words(mask), Null, Imm(8))
}

// Signalfd appends signalfd4(2). The new descriptor can be read when a signal
// of mask has come: bit n-1 is signal n. The signals must be blocked.
func (b *Builder) Signalfd(mask uint64) *Call {
	return b.Call(unix.SYS_SIGNALFD4, Imm(^uint64(0)), b.Words(mask), Imm(8), Imm(unix.SFD_CLOEXEC))
}

// Sigtake appends the rt_sigtimedwait(2) that takes a signal of mask. The
// signals must be blocked. It does not wait: it fails with EAGAIN if none has
// come.
func (b *Builder) Sigtake(mask uint64) *Call {
	return b.Call(sysRtSigtimedwait, b.Words(mask), Null, b.Words(0, 0), Imm(8))
}

// PollfdSize is the size of struct pollfd.
const PollfdSize = 8

// Ppoll is the number of ppoll(2) in programs.
const Ppoll = sysPpoll

// PollIn appends the steps of a ppoll(2) that waits until one of the
// descriptors can be read. pollfds is a buffer of PollfdSize bytes for each
// descriptor.
func (b *Builder) PollIn(pollfds Arg, fds ...Arg) *Call {
	for i, fd := range fds {
		// The second word also clears the field for the result.
		at := uint32(i * PollfdSize)
		b.Store(pollfds.At(at), fd)
		b.Store(pollfds.At(at+4), Imm(unix.POLLIN<<(16*bigEndian)))
	}
	return b.Call(sysPpoll, pollfds, Imm(len(fds)), Null, Null, Imm(8))
}

// JumpIfNotPolled goes on at l if ppoll(2) reported nothing for descriptor
// number i of pollfds.
func (b *Builder) JumpIfNotPolled(pollfds Arg, i int, l Label) {
	const revents = 0xffff << (16 * (1 - bigEndian))
	b.JumpIfWord(pollfds.At(uint32(i*PollfdSize+4)), revents, 0, l)
}

// SchedSetaffinity appends sched_setaffinity(2) on the calling thread. Bit n of
// the mask is CPU n.
func (b *Builder) SchedSetaffinity(mask []byte) *Call {
	return b.Call(unix.SYS_SCHED_SETAFFINITY, Imm(0), Imm(len(mask)), b.Bytes(mask))
}

// SchedSetattr appends sched_setattr(2) on the calling thread. attr.Size is
// set here.
func (b *Builder) SchedSetattr(attr unix.SchedAttr) *Call {
	attr.Size = unix.SizeofSchedAttr
	data, _ := binary.Append(nil, binary.NativeEndian, attr) // its fields have fixed sizes
	return b.Call(unix.SYS_SCHED_SETATTR, Imm(0), b.Bytes(data), Imm(0))
}

// IoprioSet appends ioprio_set(2) on the calling process. ioprio is a value of
// [Ioprio].
func (b *Builder) IoprioSet(ioprio uint) *Call {
	return b.Call(unix.SYS_IOPRIO_SET, Imm(ioprioWhoProcess), Imm(0), Imm(ioprio))
}

// ioprioWhoProcess makes ioprio_set(2) mean a process
// (include/uapi/linux/ioprio.h).
const ioprioWhoProcess = 1

// ioprioClassShift is the place of the class in an I/O priority.
const ioprioClassShift = 13

// Ioprio returns the value of an I/O priority.
func Ioprio(class, priority uint) uint { return class<<ioprioClassShift | priority }

// SetMempolicy appends set_mempolicy(2). mode is a mode with its flags. Bit
// n%64 of word n/64 of the mask is memory node n.
func (b *Builder) SetMempolicy(mode int, nodes []uint64) *Call {
	if len(nodes) == 0 {
		return b.Call(unix.SYS_SET_MEMPOLICY, Imm(mode), Null, Imm(0))
	}
	// The kernel takes one bit less than it is told (mm/mempolicy.c, get_nodes).
	return b.Call(unix.SYS_SET_MEMPOLICY, Imm(mode), b.Words(nodes...), Imm(64*len(nodes)+1))
}

// Personality appends personality(2).
func (b *Builder) Personality(persona uint) *Call {
	return b.Call(unix.SYS_PERSONALITY, Imm(persona))
}

// Wait4 appends wait4(2) without the status and the resources of the process.
func (b *Builder) Wait4(pid Arg) *Call {
	return b.Call(unix.SYS_WAIT4, pid, Null, Imm(0), Null)
}

// ExecveFD appends the execveat(2) of the file that fd refers to.
func (b *Builder) ExecveFD(fd, argv, envp Arg) *Call {
	return b.Call(unix.SYS_EXECVEAT, fd, b.String(""), argv, envp, Imm(unix.AT_EMPTY_PATH))
}
