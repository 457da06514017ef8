package tracer

import "golang.org/x/sys/unix"

// kindsHere are the calls that this architecture has under a name of its own.
var kindsHere = map[int]Kind{
	unix.SYS_FSTATAT: {"newfstatat", looking},
}
