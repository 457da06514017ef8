package linux

import (
	"math/bits"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Child is a child of the calling process that has ended.
type Child struct {
	Pid    int
	Code   int         // its exit code, if Signal is 0
	Signal unix.Signal // the signal that ended it, or 0
}

// childInfo is struct siginfo_t as waitid(2) fills it in. Package unix has no
// names for the fields after the third. What follows those is aligned like a
// pointer.
type childInfo struct {
	Signo, Errno, Code int32
	_                  [padding]int32
	Pid                int32
	UID                uint32
	Status             int32
	_                  [104 - 4*padding]byte
}

const padding = bits.UintSize/32 - 1

var _ [unsafe.Sizeof(unix.Siginfo{})]byte = [unsafe.Sizeof(childInfo{})]byte{}

const cldExited = 1 // CLD_EXITED of sigaction(2)

// WaitChild waits for the end of a child. The arguments are those of waitid(2).
// WEXITED is added to options. With WNOHANG it returns false if no child has ended.
// rusage may be nil.
func WaitChild(idType, id, options int, rusage *unix.Rusage) (Child, bool, error) {
	var info unix.Siginfo
	err := RetryEINTR(func() error {
		return unix.Waitid(idType, id, &info, options|unix.WEXITED, rusage)
	})
	if err != nil || info.Signo == 0 {
		return Child{}, false, err
	}
	got := (*childInfo)(unsafe.Pointer(&info))
	c := Child{Pid: int(got.Pid)}
	if got.Code == cldExited {
		c.Code = int(got.Status)
	} else {
		c.Signal = unix.Signal(got.Status)
	}
	return c, true, nil
}
