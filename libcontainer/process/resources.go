package process

import (
	"bytes"
	"fmt"
	"strconv"

	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// OOMScoreAdj sets what the kernel's OOM killer thinks of the process. proc is
// a descriptor of the host's proc file system. It does nothing if adj is nil.
// To go below the lowest score so far takes CAP_SYS_RESOURCE: otherwise EACCES
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

// Rlimits sets resource limits, but for what [TightRlimits] leaves until the
// end. To raise a hard limit takes CAP_SYS_RESOURCE in the initial user
// namespace: otherwise EPERM (getrlimit(2)).
//
// Preconditions: the init has its privileges.
func Rlimits(b *program.Builder, limits []specs.POSIXRlimit) {
	for i, l := range limits {
		setRlimit(b, i, Roomy(l))
	}
}

// TightRlimits sets the limits that would have been too tight for the init.
//
// Preconditions: the init needs no new descriptor any more.
func TightRlimits(b *program.Builder, limits []specs.POSIXRlimit) {
	for i, l := range limits {
		if Roomy(l) != l {
			setRlimit(b, i, l)
		}
	}
}

// ownDescriptors is how many descriptors the init may have open while it waits
// for start, and a few more.
const ownDescriptors = 16

// Roomy returns a limit that leaves the init room for its own descriptors. To
// lower it later takes no privilege.
func Roomy(l specs.POSIXRlimit) specs.POSIXRlimit {
	if l.Type == "RLIMIT_NOFILE" {
		l.Soft, l.Hard = max(l.Soft, ownDescriptors), max(l.Hard, ownDescriptors)
	}
	return l
}

func setRlimit(b *program.Builder, i int, l specs.POSIXRlimit) {
	b.At(fmt.Sprintf("process.rlimits[%d]", i), l.Type)
	b.Doing("%s", SettingRlimit(l))
	resource, ok := spec.Rlimit(l.Type)
	if !ok {
		resource = -1 // EINVAL; package spec has refused it already
	}
	b.Setrlimit(resource, l.Soft, l.Hard)
}

// SettingRlimit says what setting a limit is called in an error.
func SettingRlimit(l specs.POSIXRlimit) string {
	return fmt.Sprintf("set limits %s:%s", limit(l.Soft), limit(l.Hard))
}

func limit(n uint64) string {
	if n == unix.RLIM_INFINITY {
		return "unlimited"
	}
	return strconv.FormatUint(n, 10)
}

// ResetAffinity lets the process run on every CPU of its cpuset, whatever the
// runtime was bound to. A kernel ignores CPUs beyond those that it is built
// for. It may have a reason to refuse, and then the process can do without.
//
// Preconditions: the process is in the container's cgroup, because since Linux
// 6.2 a later change of the cpuset keeps the mask that was set before.
func ResetAffinity(b *program.Builder) {
	b.At("", "")
	b.Doing("reset CPU affinity")
	b.SchedSetaffinity(bytes.Repeat([]byte{0xff}, spec.MaxCPUs/8)).Ignore(unix.EINVAL, unix.EPERM)
}
