//go:build amd64 || arm64

package tracer

import (
	"strings"

	"golang.org/x/sys/unix"
)

// Kind is what a test of failures has to know of a system call.
type Kind struct {
	Name string
	// Errnos are those that a healthy program meets on a machine that lacks something:
	// descriptors, memory, space, rights, or a disk that works. EINTR is that of a call
	// that may wait. A call without any cannot fail, or only for arguments that are wrong.
	Errnos []unix.Errno
}

// KindOf returns the kind of a call that is not the Go runtime's own.
func KindOf(nr int) (Kind, bool) {
	if k, ok := kinds[nr]; ok {
		return k, true
	}
	k, ok := kindsHere[nr]
	return k, ok
}

// Plausible reports whether a call can fail with this errno of its kind: only a call on a
// file of a disk, or of the kernel, meets EIO or a lack of space or rights. A pipe, a
// socket or a pidfd does not.
func (c Call) Plausible(errno unix.Errno) bool {
	switch c.Nr {
	case unix.SYS_READ, unix.SYS_WRITE, unix.SYS_CLOSE, unix.SYS_FSTAT, unix.SYS_FSTATFS, unix.SYS_LSEEK:
	default:
		return true
	}
	if errno == unix.EINTR {
		return true
	}
	to := c.descriptor()
	return strings.HasPrefix(to, "/") && !strings.HasPrefix(to, "/memfd:")
}

var (
	opening  = []unix.Errno{unix.EMFILE, unix.ENOMEM, unix.EIO, unix.EACCES, unix.EINTR}
	making   = []unix.Errno{unix.ENOSPC, unix.ENOMEM, unix.EIO, unix.EACCES}
	looking  = []unix.Errno{unix.EIO, unix.ENOMEM, unix.EACCES}
	removing = []unix.Errno{unix.EIO, unix.EACCES, unix.ENOMEM}
	messages = []unix.Errno{unix.ENOMEM, unix.EINTR}
	sockets  = []unix.Errno{unix.EMFILE, unix.ENOMEM, unix.EACCES}
	changing = []unix.Errno{unix.EIO, unix.ENOMEM, unix.EPERM}
)

var kinds = map[int]Kind{
	unix.SYS_OPENAT:   {"openat", opening},
	unix.SYS_OPENAT2:  {"openat2", opening},
	unix.SYS_READ:     {"read", []unix.Errno{unix.EIO, unix.EINTR}},
	unix.SYS_PREAD64:  {"pread64", []unix.Errno{unix.EIO, unix.EINTR}},
	unix.SYS_PWRITE64: {"pwrite64", []unix.Errno{unix.ENOSPC, unix.EIO, unix.EINTR}},
	unix.SYS_WRITE:    {"write", []unix.Errno{unix.ENOSPC, unix.ENOMEM, unix.EIO, unix.EINTR}},
	unix.SYS_CLOSE:    {"close", []unix.Errno{unix.EIO, unix.ENOSPC}},
	unix.SYS_LSEEK:    {"lseek", []unix.Errno{unix.EIO}},

	unix.SYS_GETDENTS64: {"getdents64", []unix.Errno{unix.EIO, unix.ENOMEM}},
	unix.SYS_FSTAT:      {"fstat", looking},
	unix.SYS_FSTATFS:    {"fstatfs", looking},
	unix.SYS_STATFS:     {"statfs", looking},
	unix.SYS_STATX:      {"statx", looking},
	unix.SYS_READLINKAT: {"readlinkat", looking},
	unix.SYS_FACCESSAT:  {"faccessat", looking},
	unix.SYS_FACCESSAT2: {"faccessat2", looking},
	unix.SYS_GETCWD:     {"getcwd", []unix.Errno{unix.ENOMEM, unix.ENOENT}},

	unix.SYS_MKDIRAT:       {"mkdirat", making},
	unix.SYS_UNLINKAT:      {"unlinkat", removing},
	unix.SYS_RENAMEAT:      {"renameat", making},
	unix.SYS_RENAMEAT2:     {"renameat2", making},
	unix.SYS_FTRUNCATE:     {"ftruncate", []unix.Errno{unix.ENOSPC, unix.ENOMEM, unix.EIO}},
	unix.SYS_FCHMOD:        {"fchmod", changing},
	unix.SYS_FCHMODAT:      {"fchmodat", changing},
	unix.SYS_FCHOWN:        {"fchown", changing},
	unix.SYS_FCHOWNAT:      {"fchownat", changing},
	unix.SYS_MOUNT:         {"mount", changing},
	unix.SYS_UMOUNT2:       {"umount2", changing},
	unix.SYS_MOUNT_SETATTR: {"mount_setattr", changing},
	unix.SYS_UNSHARE:       {"unshare", []unix.Errno{unix.ENOMEM, unix.ENOSPC, unix.EPERM}},
	unix.SYS_SETNS:         {"setns", []unix.Errno{unix.ENOMEM, unix.EPERM}},
	unix.SYS_CLOSE_RANGE:   {"close_range", []unix.Errno{unix.ENOMEM}},
	unix.SYS_FLOCK:         {"flock", []unix.Errno{unix.ENOLCK, unix.ENOMEM, unix.EINTR}},

	unix.SYS_SOCKET:     {"socket", sockets},
	unix.SYS_SOCKETPAIR: {"socketpair", sockets},
	unix.SYS_BIND:       {"bind", making},
	unix.SYS_LISTEN:     {"listen", []unix.Errno{unix.ENOMEM}},
	unix.SYS_CONNECT:    {"connect", []unix.Errno{unix.ENOMEM, unix.EACCES, unix.EINTR}},
	unix.SYS_ACCEPT4:    {"accept4", []unix.Errno{unix.EMFILE, unix.ENOMEM, unix.EINTR}},
	unix.SYS_SENDMSG:    {"sendmsg", messages},
	unix.SYS_SENDTO:     {"sendto", messages},
	unix.SYS_RECVMSG:    {"recvmsg", messages},
	unix.SYS_RECVFROM:   {"recvfrom", messages},
	unix.SYS_SETSOCKOPT: {"setsockopt", []unix.Errno{unix.ENOMEM}},
	unix.SYS_GETSOCKOPT: {"getsockopt", []unix.Errno{unix.ENOMEM}},
	unix.SYS_PPOLL:      {"ppoll", messages},

	unix.SYS_CLONE:             {"clone", []unix.Errno{unix.EAGAIN, unix.ENOMEM, unix.ENOSPC}},
	unix.SYS_CLONE3:            {"clone3", []unix.Errno{unix.EAGAIN, unix.ENOMEM, unix.ENOSPC}},
	unix.SYS_WAIT4:             {"wait4", []unix.Errno{unix.EINTR}},
	unix.SYS_WAITID:            {"waitid", []unix.Errno{unix.EINTR}},
	unix.SYS_PIDFD_OPEN:        {"pidfd_open", []unix.Errno{unix.EMFILE, unix.ENOMEM}},
	unix.SYS_PIDFD_SEND_SIGNAL: {"pidfd_send_signal", []unix.Errno{unix.EPERM, unix.ENOMEM}},
	unix.SYS_KILL:              {"kill", []unix.Errno{unix.EPERM}},
	unix.SYS_PRLIMIT64:         {"prlimit64", []unix.Errno{unix.EPERM}},
	unix.SYS_IOPRIO_SET:        {"ioprio_set", []unix.Errno{unix.EPERM}},
	unix.SYS_SETPRIORITY:       {"setpriority", []unix.Errno{unix.EPERM}},

	unix.SYS_MEMFD_CREATE: {"memfd_create", []unix.Errno{unix.EMFILE, unix.ENOMEM, unix.EACCES}},
	unix.SYS_FCNTL:        {"fcntl", []unix.Errno{unix.EMFILE, unix.ENOMEM}},
	unix.SYS_DUP3:         {"dup3", []unix.Errno{unix.EMFILE, unix.EBUSY}},
	unix.SYS_PIPE2:        {"pipe2", []unix.Errno{unix.EMFILE, unix.ENFILE}},
	unix.SYS_IOCTL:        {"ioctl", []unix.Errno{unix.EIO, unix.EPERM}},
	unix.SYS_BPF:          {"bpf", []unix.Errno{unix.ENOMEM, unix.EPERM}},
	unix.SYS_CHDIR:        {"chdir", looking},
	unix.SYS_FCHDIR:       {"fchdir", looking},
	unix.SYS_KEYCTL:       {"keyctl", []unix.Errno{unix.ENOMEM, unix.EACCES}},

	unix.SYS_EXECVE: {"execve", nil}, // that of the program itself
	unix.SYS_GETUID: {"getuid", nil}, unix.SYS_GETEUID: {"geteuid", nil},
	unix.SYS_GETGID: {"getgid", nil}, unix.SYS_GETEGID: {"getegid", nil},
	unix.SYS_GETPPID: {"getppid", nil}, unix.SYS_UMASK: {"umask", nil}, unix.SYS_UNAME: {"uname", nil},
	unix.SYS_GETRANDOM: {"getrandom", nil}, // for the Go runtime
	unix.SYS_CAPGET:    {"capget", nil},
}
