package compile

import (
	"strconv"

	"github.com/oci-rt/rt/libcontainer/mount"
	"github.com/oci-rt/rt/libcontainer/program"
)

// Plan is a program, and what its creator has to do for it.
type Plan struct {
	Program *program.Program
	// Cloneflags are those of the clone(2) that starts the image.
	Cloneflags uintptr
	// Dumpable says that the init must be dumpable for the creator to map its
	// ids: see newCompiler.
	Dumpable bool
	// Asks are what the init asks its creator for, in this order.
	Asks []Ask
	// Requests are what the init may ask for in addition, at step RequestStep.
	// It may do so at any time and as often as it likes, until it is ready.
	Requests    []mount.Request
	RequestStep int
	// IDMaps are the user namespaces that the init gets as inputs, to map the
	// ids of mounts.
	IDMaps map[program.Input]mount.IDMap
	// CreatorSetsLimits says that the creator sets resource limits and
	// scheduling when the init is ready, because the init may not do so in a
	// user namespace.
	CreatorSetsLimits bool
	// WantsHome says that the acknowledgement of a ready init carries the HOME
	// variable.
	WantsHome bool
	// Released is the first step behind the wait for start.
	Released int
	// Warnings are settings that cannot be granted, where that is no error.
	Warnings []string
}

// Ask is a message that the init sends at Step, and what the message is about.
// Until the init is ready it sends no other messages, except requests for help
// and the report of a failure.
type Ask struct {
	Step int
	Kind AskKind
	// Root says that the message carries the init's root directory, which is
	// the container's, because the creator cannot open it otherwise.
	Root bool
}

// AskKind is what an init asks its creator for.
type AskKind int

const (
	// EnterCgroup: the init waits to be brought into its cgroup of the unified
	// hierarchy.
	EnterCgroup AskKind = iota + 1
	// MapIDs: it waits for the ids of its new user namespace to be mapped.
	MapIDs
	// Fork: it goes on in a child, whose pid comes along, and ends itself.
	Fork
	// MoveNetDevices: it waits for network devices.
	MoveNetDevices
	// RunHooks: it waits for the hooks of create to have run.
	RunHooks
	// TakeTerminal: it sends the terminal that it has made, and goes on.
	TakeTerminal
	// TakeListener: it loads a seccomp filter next, and goes on. The listener
	// of the filter is for an agent.
	TakeListener
	// TakeRecording: it has loaded the filter that reports all system calls, and sends
	// its listener. From now on it waits at each call until the creator lets it run.
	TakeRecording
	// Ready: it has done everything but execute the program, and waits for the
	// acknowledgement.
	Ready
)

// Waits reports whether the init waits for a message before it goes on.
func (k AskKind) Waits() bool {
	switch k {
	case EnterCgroup, MapIDs, MoveNetDevices, RunHooks, Ready:
		return true
	}
	return false
}

// String says what the init wants, behind "the init process wants to".
func (k AskKind) String() string {
	switch k {
	case EnterCgroup:
		return "enter its cgroup"
	case MapIDs:
		return "have its ids mapped"
	case Fork:
		return "go on in a child"
	case MoveNetDevices:
		return "have its network devices"
	case RunHooks:
		return "have hooks run"
	case TakeTerminal:
		return "pass its terminal on"
	case TakeListener:
		return "load a seccomp filter with an agent"
	case TakeRecording:
		return "have its system calls recorded"
	case Ready:
		return "say that it is ready"
	}
	return "do " + strconv.Itoa(int(k))
}

// The descriptors that programs ask for by name.
const (
	InputSync  program.Input = "sync"  // the creator, until the init is released
	InputStart program.Input = "start" // listens for start

	InputContainer program.Input = "container" // pidfd of the container's first process
	InputRoot      program.Input = "root"      // its root directory
	InputCwd       program.Input = "cwd"       // its working directory
	InputUser      program.Input = "user"      // the container's user namespace
)

// InputFile is the name of the descriptor that becomes number 3+i of the
// container's process.
func InputFile(i int) program.Input {
	return program.Input("file " + strconv.Itoa(program.FirstInput+i))
}

// MaxHome is the size of the buffer that the init reads its HOME variable into,
// with the NUL behind it.
const MaxHome = 4096
