package tracer

import "golang.org/x/sys/unix"

// kindsHere are the calls that this architecture has under a name of its own.
var kindsHere = map[int]Kind{
	unix.SYS_ARCH_PRCTL: {"arch_prctl", nil}, // of the Go runtime
	unix.SYS_POLL:       {"poll", messages},
	unix.SYS_NEWFSTATAT: {"newfstatat", looking},
}
