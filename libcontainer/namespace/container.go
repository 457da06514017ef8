package namespace

import (
	"github.com/oci-rt/rt/libcontainer/program"
	"golang.org/x/sys/unix"
)

// EnterContainer brings the process into namespaces of a running process, all
// with one call (Linux 5.8). container is the pidfd of that process. flags are
// the CLONE_NEW flags of the namespaces that differ: to enter the own user
// namespace again is EINVAL (setns(2)).
//
// In a user namespace the process becomes root, with all capabilities in it. A
// pid namespace concerns only children, so the process goes on in a child, as in
// [Plan.Enter]. A mount namespace gives it the namespace's root and working
// directory.
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

// EnterContainerApart is EnterContainer if the running process has left the
// container's user namespace. user is a descriptor of that user namespace.
// userFirst says that entering it gives the right to enter the others. Otherwise
// it may take that right away.
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

// haveEntered makes the process root of a user namespace, and goes on in a child
// for a pid namespace.
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
