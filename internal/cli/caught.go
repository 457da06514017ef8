package cli

import (
	"os"
	"os/signal"
	"slices"

	"golang.org/x/sys/unix"
)

// caught are the signals that rt gets while it starts a process and waits for
// its end.
type caught struct {
	signals chan os.Signal
	later   []os.Signal // those that are not caught yet
}

// pending is how many signals may wait for the process to be started, or to be
// passed on. More are lost, as they would be for one that handles them slowly.
const pending = 256

// endingSignals are those by which users and service managers end a program.
var endingSignals = []os.Signal{unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGTERM}

// catchSignals begins to catch, for good, the signals by which a program is
// ended, so that none leaves a container half made. With a terminal, which rt
// is going to show, it also catches those that belong to one, but for those
// that stop whoever uses it in the background.
//
// The others, which nobody sends to a program that is being started, follow
// when it runs, see forward: to begin to catch a signal is two switches between
// threads of the Go runtime, and there are sixty.
func catchSignals(terminal bool) *caught {
	first := endingSignals
	var never []os.Signal
	if terminal {
		first = slices.Concat(first, []os.Signal{unix.SIGPIPE, unix.SIGWINCH})
		never = []os.Signal{unix.SIGTTIN, unix.SIGTTOU}
	}
	c := &caught{signals: make(chan os.Signal, pending)}
	c.later = slices.DeleteFunc(catchable(), func(s os.Signal) bool {
		return slices.Contains(first, s) || slices.Contains(never, s)
	})
	signal.Notify(c.signals, first...)
	return c
}

// forward catches the other signals too, and passes on what is caught. It never
// returns. pass gets one signal after the other.
func (c *caught) forward(pass func(unix.Signal)) {
	signal.Notify(c.signals, c.later...)
	for s := range c.signals {
		// Writes of rt's own whose reader is gone raise it, besides their error.
		if s != unix.SIGPIPE {
			pass(s.(unix.Signal))
		}
	}
}

// Signals that rt does not catch.
const (
	// The Go runtime preempts goroutines and takes profiles by these.
	runtimeSignals = 1<<unix.SIGURG | 1<<unix.SIGPROF
	// The kernel raises these for what the program itself did. The runtime
	// turns them into panics.
	faultSignals = 1<<unix.SIGILL | 1<<unix.SIGTRAP | 1<<unix.SIGBUS | 1<<unix.SIGFPE | 1<<unix.SIGSEGV | 1<<unix.SIGSYS
	// C libraries keep the first real-time signals for themselves, musl one more
	// than glibc. The Go runtime leaves them alone and cannot catch them.
	librarySignals = 1<<32 | 1<<33 | 1<<34
	// rt waits for its children by wait4(2).
	otherSignals = 1<<unix.SIGCHLD | 1<<unix.SIGKILL | 1<<unix.SIGSTOP

	notCaught uint64 = runtimeSignals | faultSignals | librarySignals | otherSignals
)

// catchable returns the signals that a process can catch to pass them on.
func catchable() []os.Signal {
	signals := make([]os.Signal, 0, sigRTMax)
	for s := unix.Signal(1); s <= sigRTMax; s++ {
		if notCaught>>s&1 == 0 {
			signals = append(signals, s)
		}
	}
	return signals
}
