package process

import (
	"github.com/oci-rt/rt/libcontainer/program"
	"golang.org/x/sys/unix"
)

// inheritedIgnores returns the signals that stay ignored in the children of a
// Go program whose parent ignored them, as nohup(1) does: the runtime does not
// install its handler for them, which an exec would reset. The last two are
// real-time signals that it leaves to the C library.
func inheritedIgnores() []unix.Signal {
	return []unix.Signal{
		unix.SIGHUP, unix.SIGINT, unix.SIGCONT, unix.SIGTSTP, unix.SIGTTIN, unix.SIGTTOU,
		32, 34,
	}
}

// ResetSignals gives every signal its default action and unblocks all, so that
// a container does not depend on how its engine was started.
func ResetSignals(b *program.Builder) {
	b.At("", "")
	b.Doing("reset signals")
	for _, s := range inheritedIgnores() {
		b.SignalDefault(s)
	}
	b.SignalMask(0)
}
