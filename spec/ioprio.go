package spec

import "github.com/opencontainers/runtime-spec/specs-go"

// The classes of ioprio_set(2) (include/uapi/linux/ioprio.h).
const (
	ioprioRealtime   = 1
	ioprioBestEffort = 2
	ioprioIdle       = 3
)

var ioPriorityClasses = [...]constant{
	{string(specs.IOPRIO_CLASS_RT), ioprioRealtime},
	{string(specs.IOPRIO_CLASS_BE), ioprioBestEffort},
	{string(specs.IOPRIO_CLASS_IDLE), ioprioIdle},
}

// maxIOPriority is the lowest priority within a class.
const maxIOPriority = 7

// IOPriorityClass returns the number of an I/O scheduling class.
func IOPriorityClass(c specs.IOPriorityClass) (class uint, ok bool) {
	value, ok := lookUp(ioPriorityClasses[:], string(c))
	return uint(value), ok
}
