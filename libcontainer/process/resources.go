package process

import (
	"bytes"
	"strconv"

	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/spec"
	"golang.org/x/sys/unix"
)

// OOMScoreAdj sets the process's adjustment for the kernel's OOM killer. proc
// is a descriptor of the host's proc file system. It does nothing if adj is
// nil. A score below the lowest so far needs CAP_SYS_RESOURCE: otherwise EACCES
// (proc_pid_oom_score_adj(5)).
//
// Preconditions: no user namespace has been entered.
func OOMScoreAdj(b *program.Builder, proc program.Arg, adj *int) {
	if adj == nil {
		return
	}
	b.At("process.oomScoreAdj", "")
	b.Doing("set OOM score adjustment %d", *adj)
	fd := b.Openat2(proc, "self/oom_score_adj", unix.O_WRONLY, 0,
		unix.RESOLVE_BENEATH|unix.RESOLVE_NO_MAGICLINKS|unix.RESOLVE_NO_XDEV).Result("oom_score_adj")
	b.Write(fd, strconv.Itoa(*adj))
	b.Close(fd)
}

// ResetAffinity lets the process run on every CPU of its cpuset, whatever the
// runtime was bound to. A kernel ignores CPUs beyond those that it is built
// for. If it refuses the mask, the process can do without.
//
// Preconditions: the process is in the container's cgroup, because since Linux
// 6.2 a later change of the cpuset keeps the mask that was set before.
func ResetAffinity(b *program.Builder) {
	b.At("", "")
	b.Doing("reset CPU affinity")
	b.SchedSetaffinity(bytes.Repeat([]byte{0xff}, spec.MaxCPUs/8)).Ignore(unix.EINVAL, unix.EPERM)
}
