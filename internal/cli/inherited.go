package cli

import (
	"math"

	"golang.org/x/sys/unix"
)

// keepInherited keeps the descriptors that rt has inherited from the hooks that it
// executes. An error is of a kernel that is too old for containers.
func keepInherited() { _ = unix.CloseRange(3, math.MaxUint32, unix.CLOSE_RANGE_CLOEXEC) }
