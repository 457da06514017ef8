// Package process compiles the setting `process` of the configuration into
// steps: what the container's process may do and who it is, and in the end the
// program that takes the init's place.
package process

import (
	"github.com/oci-rt/rt/libcontainer/program"
	"golang.org/x/sys/unix"
)

// HostProc opens the host's proc file system, which answers for the host
// wherever the init goes. Whoever calls it closes the descriptor before the
// init waits for start.
//
// Preconditions: the root directory is the host's.
func HostProc(b *program.Builder) program.Arg {
	b.At("", "")
	b.Doing("open /proc")
	return b.Openat(program.Cwd, "/proc", unix.O_PATH|unix.O_DIRECTORY).Result("host's /proc")
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

// CloseOnExec marks all descriptors from first on, so that none that the
// container's process did not ask for outlives execve(2) (CVE-2024-21626).
func CloseOnExec(b *program.Builder, first uint) {
	b.At("", "")
	b.Doing("mark descriptors close-on-exec")
	b.CloseRange(first, 1<<32-1, unix.CLOSE_RANGE_CLOEXEC)
}
