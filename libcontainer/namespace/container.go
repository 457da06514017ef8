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
func EnterContainer(b *program.Builder, container program.Arg, flags uintptr) (told int) {
	b.At("", "")
	b.Doing("join the container's namespaces")
	if flags != 0 {
		b.Setns(container, int(flags))
	}
	b.Close(container)
	return haveEntered(b, flags)
}

// EnterContainerApart is EnterContainer for a process that has left the
// container's user namespace, of which user is a descriptor. userFirst says that
// the right to enter the others comes with the user namespace; otherwise it may
// go.
func EnterContainerApart(b *program.Builder, container, user program.Arg, flags uintptr, userFirst bool) (told int) {
	b.At("", "")
	enterUser := func() {
		b.Doing("join the container's user namespace")
		b.Setns(user, unix.CLONE_NEWUSER)
		b.Close(user)
	}
	if userFirst {
		enterUser()
	}
	if others := flags &^ unix.CLONE_NEWUSER; others != 0 {
		b.Doing("join the container's namespaces")
		b.Setns(container, int(others))
	}
	if !userFirst {
		enterUser()
	}
	b.Close(container)
	return haveEntered(b, flags)
}

// haveEntered makes the process what it has to be in these namespaces.
func haveEntered(b *program.Builder, flags uintptr) (told int) {
	if flags&unix.CLONE_NEWUSER != 0 {
		b.Doing("become root of the container's user namespace")
		b.Setresgid(0)
		b.Setresuid(0)
	}
	if flags&unix.CLONE_NEWPID != 0 {
		told = new(Plan).fork(b)
	}
	return told
}
