// Package process compiles the setting `process` of the configuration into
// steps: the identity and the rights of the container's process and, at the
// end, the program that replaces the init.
package process

import (
	"github.com/oci-rt/rt/libcontainer/program"
	"golang.org/x/sys/unix"
)

// HostProc opens the host's proc file system, and makes sure that it is one. It
// shows the host wherever the init goes. The caller closes the descriptor
// before the init waits for start.
//
// Preconditions: the root directory is the host's.
func HostProc(b *program.Builder) program.Arg {
	b.At("", "")
	b.Doing("open /proc")
	proc := b.Openat(program.Cwd, "/proc", unix.O_PATH|unix.O_DIRECTORY).Result("host's /proc")
	stat, ok := b.Buffer(program.StatfsSize), b.NewLabel()
	b.Fstatfs(proc, stat)
	b.JumpIfProc(stat, ok)
	b.FailSaying(unix.EINVAL, "/proc is not a proc file system")
	b.Bind(ok)
	return proc
}

// NewSession makes the init the leader of a new session, away from the
// terminal and the process group of the runtime.
func NewSession(b *program.Builder) {
	b.At("", "")
	b.Doing("create session")
	b.Setsid()
}

// NoNewPrivileges keeps the process from gaining privileges by execve(2).
func NoNewPrivileges(b *program.Builder) {
	b.At("process.noNewPrivileges", "")
	b.Doing("set no_new_privs")
	b.Prctl(unix.PR_SET_NO_NEW_PRIVS, program.Imm(1))
}

// PlaceFiles moves the n descriptors from number first on, of files that the
// process is to have, to where it looks for them: behind stderr. What is there
// is closed, and reports go to a different descriptor.
//
// Preconditions: first is 4 or more, and only these descriptors and the one
// that reports go to are still needed.
func PlaceFiles(b *program.Builder, first, n uint) {
	if n == 0 {
		return
	}
	b.At("", "")
	b.Doing("put the preserved descriptors in place")
	report := program.ReportSlot
	// EINVAL: it is there already.
	b.Dup3(report.Arg(), program.Imm(first+n), unix.O_CLOEXEC).ResultIn(report).Ignore(unix.EINVAL)
	for i := range n {
		// Each descriptor's place is below all descriptors that are left to
		// move.
		b.Dup3(program.Imm(first+i), program.Imm(program.FirstInput+i), 0)
	}
}

// CloseDescriptors closes all descriptors from first on, except the one that
// reports go to. That becomes first, and execve(2) closes it.
//
// To mark them close-on-exec would not be enough: the entrypoint of an image
// may be a link to /proc/self/fd/7/…, which execve(2) follows before it closes
// anything (CVE-2024-21626).
func CloseDescriptors(b *program.Builder, first uint) {
	b.At("", "")
	b.Doing("close descriptors")
	report := program.ReportSlot
	// EINVAL: it is there already, as the runtime passed it, without
	// close-on-exec.
	b.Dup3(report.Arg(), program.Imm(first), unix.O_CLOEXEC).ResultIn(report).Ignore(unix.EINVAL)
	b.CloseRange(first, first, unix.CLOSE_RANGE_CLOEXEC)
	b.CloseRange(first+1, 1<<32-1, 0)
}
