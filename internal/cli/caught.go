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

// pending is how many signals may wait until the process is started, or until they
// are passed on. More are lost, as they would be for a process that handles them
// slowly.
const pending = 256

// endingSignals are those by which users and service managers end a program.
var endingSignals = []os.Signal{unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGTERM}

// usualSignals are the others that are sent to programs on purpose.
var usualSignals = []os.Signal{unix.SIGUSR1, unix.SIGUSR2}

// lateSignals is how long after the start of a program rt begins to catch the
// signals that are neither ending nor usual. To begin to catch a signal takes two
// switches between threads of the Go runtime. There are some fifty such signals, and so
// they take a tenth of the CPU time of a container's start.
const lateSignals = 100 * time.Millisecond

// catchSignals begins to catch the ending and the usual signals, for good and in
// parallel to other work: see await. Nobody sends the other signals to a program
// that has just been started. They follow when it runs: see forward.
func catchSignals() *caught {
	c := &caught{signals: make(chan os.Signal, pending), usual: make(chan struct{}), all: make(chan struct{})}
	go func() {
		signal.Notify(c.signals, endingSignals...)
		signal.Notify(c.signals, usualSignals...)
		close(c.usual)
	}()
	return c
}

// await waits until the signals are caught. So none of them leaves a container half
// made, or is lost that is meant for the process. With a terminal, which rt will
// show, SIGPIPE is caught too, and SIGWINCH, as a new window often gets its size when
// it is there. The signals that stop a background process which uses a terminal are
// left alone.
func (c *caught) await(terminal bool) {
	<-c.usual
	if c.terminal = terminal; terminal {
		signal.Notify(c.signals, unix.SIGPIPE, unix.SIGWINCH)
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

// forward passes on the caught signals, one after the other, and soon begins to
// catch all. It never returns.
func (c *caught) forward(pass func(unix.Signal)) {
	time.AfterFunc(lateSignals, func() {
		signal.Notify(c.signals, c.late()...)
		close(c.all)
	})
	for s := range c.signals {
		// rt's own writes raise it when their reader is gone. They return an error
		// too.
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
