package namespace

import (
	"fmt"

	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// syncInput is the descriptor over which the init talks to its creator.
const syncInput program.Input = "sync"

// pidMessageSize is the size of the message that carries a pid: a
// [program.Report] without error and the pid as a 32-bit word, in the
// machine's byte order.
const pidMessageSize = program.ReportSize + 4

// EnterOptions has what Enter needs besides the plan.
type EnterOptions struct {
	// Proc is a descriptor of the host's proc file system. Only TimeOffsets need
	// it.
	Proc program.Arg
	// TimeOffsets is linux.timeOffsets.
	TimeOffsets map[string]specs.LinuxTimeOffset
	// AskForMapping appends the steps that ask the creator to map the ids of
	// the user namespace that the init is in, and wait until it has.
	AskForMapping func()
}

// Enter brings the init into its namespaces, except the new cgroup namespace and
// those that the clone made that started it.
//
//  1. Open all paths, while they still mean what they mean to the runtime: a
//     mount namespace entered first would change that.
//  2. Enter the given namespaces in the order of joinOrder. The kernel compares
//     the type (setns(2)), so a wrong path ends in EINVAL. What the runtime
//     may not enter (EPERM) has to wait for step 4, if there is a user
//     namespace: that may own it.
//  3. Enter or make the user namespace, and become its root.
//  4. Enter what had to wait.
//  5. Make the time namespace.
//  6. If any of this concerns only children of the process, or new namespaces
//     are left to make, go on in a child.
//
// In step 6 the creator receives a message of pidMessageSize bytes on syncInput
// with the child's pid in the creator's pid namespace, and must reap the first
// process, which has exited. The child is a child of the creator too
// (CLONE_PARENT). Enter returns the step that the message names, or 0 if there is
// no message.
//
// Preconditions: the process is single-threaded and has not left the runtime's
// mount namespace other than by the clone that made it. If it forks, it is not
// the init of a pid namespace, whose children cannot be its siblings
// (clone(2)).
func (p *Plan) Enter(b *program.Builder, s EnterOptions) (told int) {
	list := p.open(b)
	user := p.openUser(b)
	offsets := p.openOffsets(b, s)
	for i := range list {
		list[i].enter(b, p.User)
	}
	if p.User {
		p.enterUser(b, user, s)
		for i := range list {
			list[i].enterLate(b)
		}
	}
	if p.isNew(specs.TimeNamespace) {
		p.newTime(b, s, offsets)
	}
	if p.forks {
		told = p.fork(b)
	}
	return told
}

// joined is a namespace that is entered by its path.
type joined struct {
	index int
	ns    specs.LinuxNamespace
	flag  int
	fd    program.Arg
	late  program.Arg // a word: 1 if it could not be entered at first
}

// open opens the paths of all given namespaces and returns them in joinOrder,
// the user namespace apart.
func (p *Plan) open(b *program.Builder) []joined {
	var list []joined
	for _, flag := range joinOrder() {
		for i, ns := range p.list {
			if f, _, _ := spec.Namespace(ns.Type); ns.Path != "" && int(f) == flag {
				j := joined{index: i, ns: ns, flag: flag}
				j.open(b)
				list = append(list, j)
			}
		}
	}
	return list
}

// openUser opens the path of a given user namespace.
func (p *Plan) openUser(b *program.Builder) joined {
	j := joined{index: p.index(specs.UserNamespace), flag: unix.CLONE_NEWUSER}
	if p.User && !p.NewUser {
		j.ns = p.list[j.index]
		j.open(b)
	}
	return j
}

// joinOrder returns the order in which namespaces are entered. The mount
// namespace is last, because it takes the host's files away. The user
// namespace has a place of its own.
func joinOrder() []int {
	return []int{
		unix.CLONE_NEWCGROUP, unix.CLONE_NEWIPC, unix.CLONE_NEWUTS,
		unix.CLONE_NEWNET, unix.CLONE_NEWPID, unix.CLONE_NEWTIME, unix.CLONE_NEWNS,
	}
}

func (j *joined) doing(b *program.Builder, what string) {
	b.At(path(j.index)+".path", j.ns.Path)
	b.Doing("%s %s namespace", what, j.ns.Type)
}

func (j *joined) open(b *program.Builder) {
	j.doing(b, "open")
	j.fd = b.Openat(program.Cwd, j.ns.Path, unix.O_RDONLY).Result(string(j.ns.Type) + " namespace")
}

// enter enters the namespace. With mayWait, EPERM puts it off.
func (j *joined) enter(b *program.Builder, mayWait bool) {
	j.doing(b, "join")
	if !mayWait {
		b.Setns(j.fd, j.flag)
		b.Close(j.fd)
		return
	}
	j.late = b.Buffer(8)
	denied, done := b.NewLabel(), b.NewLabel()
	b.Setns(j.fd, j.flag).On(unix.EPERM, denied)
	b.Close(j.fd)
	b.Jump(done)
	b.Bind(denied)
	b.Store(j.late, program.Imm(1))
	b.Bind(done)
}

// enterLate enters the namespace if that was put off.
func (j *joined) enterLate(b *program.Builder) {
	done := b.NewLabel()
	j.doing(b, "join")
	b.JumpIfWord(j.late, program.WholeWord, 0, done)
	b.Setns(j.fd, j.flag)
	b.Close(j.fd)
	b.Bind(done)
}

// enterUser enters the user namespace, with all capabilities in it, and takes
// its user and group 0: the runtime's own ids may have no meaning there.
func (p *Plan) enterUser(b *program.Builder, user joined, s EnterOptions) {
	if p.NewUser {
		b.At(path(user.index), "")
		b.Doing("create user namespace")
		b.Unshare(unix.CLONE_NEWUSER)
		s.AskForMapping()
	} else {
		user.enter(b, false)
	}
	b.At(path(user.index), "")
	b.Doing("become root of the user namespace (its mappings must have user and group 0)")
	b.Setresgid(0)
	b.Setresuid(0)
}

// openOffsets opens the file that sets the clocks of a new time namespace. The
// kernel checks the capabilities of the process that opened it. In a user
// namespace the init could not open the file at all.
func (p *Plan) openOffsets(b *program.Builder, s EnterOptions) program.Arg {
	if len(s.TimeOffsets) == 0 {
		return program.Null
	}
	b.At("linux.timeOffsets", "")
	b.Doing("open /proc/self/timens_offsets")
	return b.Openat2(s.Proc, "self/timens_offsets", unix.O_WRONLY, 0,
		unix.RESOLVE_BENEATH|unix.RESOLVE_NO_XDEV).Result("timens_offsets")
}

// newTime makes the time namespace. Its clocks can be set until the first
// process is in it (time_namespaces(7)).
func (p *Plan) newTime(b *program.Builder, s EnterOptions, offsets program.Arg) {
	b.At(path(p.index(specs.TimeNamespace)), "")
	b.Doing("create time namespace")
	b.Unshare(unix.CLONE_NEWTIME)
	if offsets != program.Null {
		b.At("linux.timeOffsets", "")
		b.Doing("set the clocks' offsets")
		b.Write(offsets, timeOffsets(s.TimeOffsets))
		b.Close(offsets)
	}
}

// timeOffsets returns what to write to /proc/<pid>/timens_offsets: a line for
// each clock.
func timeOffsets(offsets map[string]specs.LinuxTimeOffset) string {
	var text string
	for _, clock := range []string{"monotonic", "boottime"} {
		if o, ok := offsets[clock]; ok {
			text += fmt.Sprintf("%s %d %d\n", clock, o.Secs, o.Nanosecs)
		}
	}
	return text
}

// fork goes on in a child, which is in the new namespaces. The parent tells
// the runtime the child's pid, at the step that fork returns, and exits.
func (p *Plan) fork(b *program.Builder) (told int) {
	b.At("linux.namespaces", "")
	b.Doing("fork into the namespaces")
	message := b.Buffer(pidMessageSize)
	child := b.NewLabel()
	pid := b.ForkSibling(uint64(p.forkflags)).Result("child pid")
	b.JumpIf(pid, ^uint64(0), 0, child)
	told = b.Next()
	b.Store(message, program.Imm(told)) // and no errno
	b.Store(message.At(program.ReportSize), pid)
	b.WriteFrom(b.Input(syncInput), message, pidMessageSize)
	b.ExitGroup(0)
	b.Bind(child)
	return told
}
