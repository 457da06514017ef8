//go:build amd64 || arm64

package tracer

import "golang.org/x/sys/unix"

// OfRuntime reports whether a call is one that the Go runtime makes for itself: for its
// threads, memory, signals, timers and poller. How many it makes differs from run to run,
// and they change nothing outside of the program. So whoever numbers the calls of a
// program leaves them out. prctl(2) is among them, which rt calls to learn of itself.
func (c Call) OfRuntime() bool {
	switch c.Nr {
	case unix.SYS_CLONE:
		return c.Args[0]&unix.CLONE_THREAD != 0
	case unix.SYS_FCNTL:
		return c.Args[1] == unix.F_GETFD // are the first three descriptors open?
	}
	return ofRuntime[c.Nr]
}

var ofRuntime = map[int]bool{
	unix.SYS_BRK: true, unix.SYS_CLOCK_GETTIME: true, unix.SYS_EPOLL_CREATE1: true, unix.SYS_EPOLL_CTL: true,
	unix.SYS_EPOLL_PWAIT: true, unix.SYS_EVENTFD2: true, unix.SYS_EXIT: true, unix.SYS_EXIT_GROUP: true,
	unix.SYS_FUTEX: true, unix.SYS_GETPID: true, unix.SYS_GETTID: true, unix.SYS_MADVISE: true, unix.SYS_MINCORE: true,
	unix.SYS_MMAP: true, unix.SYS_MPROTECT: true, unix.SYS_MUNMAP: true, unix.SYS_NANOSLEEP: true, unix.SYS_PRCTL: true,
	unix.SYS_RESTART_SYSCALL: true, unix.SYS_RT_SIGACTION: true, unix.SYS_RT_SIGPROCMASK: true,
	unix.SYS_RT_SIGRETURN: true, unix.SYS_SCHED_GETAFFINITY: true, unix.SYS_SCHED_YIELD: true, unix.SYS_SIGALTSTACK: true,
	unix.SYS_TGKILL: true,
}
