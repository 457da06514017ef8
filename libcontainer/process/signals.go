package process

import (
	"github.com/oci-rt/rt/libcontainer/program"
	"golang.org/x/sys/unix"
)

// inheritedIgnores returns the signals that stay ignored in the children of a
// Go program whose parent ignored them, as nohup(1) does. The Go runtime does
// not install its handler for them, which an exec would reset. The last two are
// real-time signals that it leaves to the C library.
func inheritedIgnores() []unix.Signal {
	return []unix.Signal{
		unix.SIGHUP, unix.SIGINT, unix.SIGCONT, unix.SIGTSTP, unix.SIGTTIN, unix.SIGTTOU,
		32, 34,
	}
}

// ResetSignals gives every signal its default action and unblocks all signals,
// so that a container does not depend on how its engine was started.
func ResetSignals(b *program.Builder) { resetSignals(b, 0) }

// HoldEndingSignals is ResetSignals for a process that will wait in
// [AwaitOrEnd]. It blocks the ending signals.
func HoldEndingSignals(b *program.Builder) { resetSignals(b, endingMask()) }

func resetSignals(b *program.Builder, blocked uint64) {
	b.At("", "")
	b.Doing("reset signals")
	for _, s := range inheritedIgnores() {
		b.SignalDefault(s)
	}
	b.SignalMask(blocked)
}

// endingSignals are the signals with which people and engines end a process.
func endingSignals() []unix.Signal {
	return []unix.Signal{unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGABRT, unix.SIGTERM}
}

func endingMask() (mask uint64) {
	for _, s := range endingSignals() {
		mask |= 1 << (s - 1)
	}
	return mask
}

// AwaitOrEnd waits until fd can be read. If one of the ending signals has come
// before, the process ends with the status that a shell would show for it.
// Without this, the signal would not end the first process of a pid namespace:
// it gets no signal whose action is the default one (pid_namespaces(7)), but it
// does get a blocked one.
//
// If something prevents that, such as a limit on descriptors, AwaitOrEnd does
// not wait.
//
// Preconditions: HoldEndingSignals.
func AwaitOrEnd(b *program.Builder, fd program.Arg) {
	ready, over := b.NewLabel(), b.NewLabel()
	signals := b.Signalfd(endingMask()).On(program.AnyErrno, ready).Result("signals")
	pollfds := b.Buffer(2 * 2 * program.PollfdSize)
	wait := b.Here()
	b.PollIn(pollfds, signals, fd).On(unix.EINTR, wait).On(program.AnyErrno, over)
	b.JumpIfNotPolled(pollfds, 0, over)
	taken := b.Sigtake(endingMask()).On(unix.EAGAIN, wait).On(program.AnyErrno, over).Result("signal")
	endBy(b, taken)
	b.Bind(over)
	b.Close(signals)
	b.Bind(ready)
}

// endBy ends the process if signal is an ending signal. It ends with a status
// and not by the signal, because the process may be one that no signal of its
// own ends.
func endBy(b *program.Builder, signal program.Arg) {
	other := b.NewLabel()
	ends := make([]program.Label, len(endingSignals()))
	for i, s := range endingSignals() {
		ends[i] = b.NewLabel()
		b.JumpIf(signal, ^uint64(0), uint64(s), ends[i])
	}
	b.Jump(other)
	for i, s := range endingSignals() {
		b.Bind(ends[i])
		b.ExitGroup(128 + int(s))
	}
	b.Bind(other)
}

// ReleaseSignals unblocks what HoldEndingSignals blocked.
func ReleaseSignals(b *program.Builder) {
	b.Doing("unblock signals")
	b.SignalMask(0)
}
