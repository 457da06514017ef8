package cli

import (
	"math"

	"golang.org/x/sys/unix"
)

// keepInherited makes the descriptors that rt has inherited close on execve(2), so
// that hooks do not get them. Only a kernel that is too old for containers returns
// an error.
func keepInherited() { _ = unix.CloseRange(3, math.MaxUint32, unix.CLOSE_RANGE_CLOEXEC) }
