package namespace

import (
	"encoding/binary"

	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// SyncInput is the descriptor that [Join] reports the pid of the forked
// container process to.
const SyncInput program.Input = "sync"

// PidMessageSize is the size of the message that carries a pid: a
// [program.Report] without error and the pid as a 64-bit word, in the
// machine's byte order.
const PidMessageSize = program.ReportSize + 8

// joined is a namespace that is entered by its path.
type joined struct {
	index int
	ns    specs.LinuxNamespace
	flag  int
	fd    program.Arg
}

// Join enters the namespaces that have a path.
//
//  1. Open all paths, while they still mean what they mean to the runtime: a
//     mount namespace entered first would change that.
//  2. Enter the namespaces in the order of joinOrder. The kernel compares the
//     type (setns(2)), so a wrong path ends in EINVAL.
//  3. If one is a pid namespace, go on in a child: setns(2) moves only the
//     children of its caller into a pid namespace.
//
// In the third case the caller receives a message of [PidMessageSize] bytes on
// [SyncInput] with the child's pid in the caller's pid namespace, and must reap
// the first process, which has exited. The child is a child of the caller too
// (CLONE_PARENT).
//
// Preconditions: the process is single-threaded and has not left the runtime's
// mount namespace other than by the clone that made it. It is not the init of a
// pid namespace, whose children cannot be its siblings (clone(2)).
func Join(b *program.Builder, namespaces []specs.LinuxNamespace) {
	list := sorted(namespaces)
	for i := range list {
		j := &list[i]
		b.At(path(j.index)+".path", j.ns.Path)
		b.Doing("open %s namespace", j.ns.Type)
		j.fd = b.Openat(program.Cwd, j.ns.Path, unix.O_RDONLY).Result(string(j.ns.Type) + " namespace")
	}
	for _, j := range list {
		b.At(path(j.index)+".path", j.ns.Path)
		b.Doing("join %s namespace", j.ns.Type)
		b.Setns(j.fd, j.flag)
		b.Close(j.fd)
	}
	for _, j := range list {
		if j.flag == unix.CLONE_NEWPID {
			b.At(path(j.index)+".path", j.ns.Path)
			b.Doing("fork into pid namespace")
			fork(b)
		}
	}
}

// joinOrder returns the order in which namespaces are entered. The user
// namespace is first, because it gives the right to enter those it owns. The
// mount namespace is last, because it takes the host's files away.
func joinOrder() []int {
	return []int{
		unix.CLONE_NEWUSER, unix.CLONE_NEWCGROUP, unix.CLONE_NEWIPC, unix.CLONE_NEWUTS,
		unix.CLONE_NEWNET, unix.CLONE_NEWPID, unix.CLONE_NEWTIME, unix.CLONE_NEWNS,
	}
}

// sorted returns the namespaces that have a path, in joinOrder.
func sorted(namespaces []specs.LinuxNamespace) []joined {
	var list []joined
	for _, flag := range joinOrder() {
		for i, ns := range namespaces {
			if f, _, _ := spec.Namespace(ns.Type); ns.Path != "" && int(f) == flag {
				list = append(list, joined{index: i, ns: ns, flag: flag})
			}
		}
	}
	return list
}

// fork goes on in a child. The parent tells the runtime the child's pid and
// exits.
func fork(b *program.Builder) {
	message := b.Buffer(PidMessageSize)
	child := b.NewLabel()
	pid := b.Fork(unix.CLONE_PARENT).Result("child pid")
	b.JumpIf(pid, ^uint64(0), 0, child)
	b.Store(message, program.Imm(reached(b.Next())))
	b.Store(message.At(program.ReportSize), pid)
	b.WriteFrom(b.Input(SyncInput), message, PidMessageSize)
	b.ExitGroup(0)
	b.Bind(child)
}

// reached is the word that holds a report that step was reached.
func reached(step int) uint64 {
	var report [program.ReportSize]byte
	binary.NativeEndian.PutUint32(report[:], uint32(step))
	return binary.NativeEndian.Uint64(report[:])
}
