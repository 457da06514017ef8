package namespace

import (
	"github.com/oci-rt/rt/libcontainer/program"
	"golang.org/x/sys/unix"
)

// EnterContainer brings the process into namespaces of a process that runs
// already, all with one call (Linux 5.8). container is its pidfd, and flags are
// the CLONE_NEW flags of those that differ from the process's own: to enter the
// own user namespace again is EINVAL (setns(2)).
//
// In a user namespace the process becomes root, with all capabilities in it.
// A pid namespace concerns only children, so the process goes on in one, as
// [Plan.Enter] does. A mount namespace gives it the namespace's root and
// working directory.
//
// Preconditions: the process is single-threaded.
func EnterContainer(b *program.Builder, container program.Arg, flags uintptr) {
	b.At("", "")
	b.Doing("join the container's namespaces")
	if flags != 0 {
		b.Setns(container, int(flags))
	}
	b.Close(container)
	if flags&unix.CLONE_NEWUSER != 0 {
		b.Doing("become root of the container's user namespace")
		b.Setresgid(0)
		b.Setresuid(0)
	}
	if flags&unix.CLONE_NEWPID != 0 {
		new(Plan).fork(b)
	}
}
