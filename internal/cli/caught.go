package cli

import (
	"os"
	"os/signal"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// caught are the signals that rt gets while it starts a process and waits for
// its end.
type caught struct {
	signals  chan os.Signal
	usual    chan struct{} // closed when the usual signals are caught
	all      chan struct{} // closed when all are
	terminal bool
}

// pending is how many signals may wait for the process to be started, or to be
// passed on. More are lost, as they would be for one that handles them slowly.
const pending = 256

// endingSignals are those by which users and service managers end a program.
var endingSignals = []os.Signal{unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGTERM}

// usualSignals are the others that programs are told something by.
var usualSignals = []os.Signal{unix.SIGUSR1, unix.SIGUSR2, unix.SIGCONT, unix.SIGALRM, unix.SIGWINCH}

// lateSignals is how long after the start of a program rt begins to catch the
// signals that are neither ending nor usual. To begin to catch one is two switches
// between threads of the Go runtime, and there are fifty: as much CPU time as a
// tenth of the start of a container.
const lateSignals = 100 * time.Millisecond

// catchSignals begins to catch, for good, the signals by which a program is ended or
// told something, beside the other work: see await. Nobody sends the others to a
// program that has just been started. They follow when it runs, see forward.
func catchSignals() *caught {
	c := &caught{signals: make(chan os.Signal, pending), usual: make(chan struct{}), all: make(chan struct{})}
	go func() {
		signal.Notify(c.signals, endingSignals...)
		signal.Notify(c.signals, usualSignals...)
		close(c.usual)
	}()
	return c
}

// await waits until what is being caught is caught, so that no signal leaves a
// container half made, or is lost that the process takes as soon as it runs. With a
// terminal, which rt is going to show, SIGPIPE is among them, and those are left
// alone that stop whoever uses a terminal in the background.
func (c *caught) await(terminal bool) {
	<-c.usual
	if c.terminal = terminal; terminal {
		signal.Notify(c.signals, unix.SIGPIPE)
	}
}

// late returns the signals that are caught last.
func (c *caught) late() []os.Signal {
	known := slices.Concat(endingSignals, usualSignals)
	if c.terminal {
		known = append(known, unix.SIGTTIN, unix.SIGTTOU)
	}
	return slices.DeleteFunc(catchable(), func(s os.Signal) bool { return slices.Contains(known, s) })
}

// forward passes on what is caught, which are all signals before long. It never
// returns. pass gets one signal after the other.
func (c *caught) forward(pass func(unix.Signal)) {
	time.AfterFunc(lateSignals, func() {
		signal.Notify(c.signals, c.late()...)
		close(c.all)
	})
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
