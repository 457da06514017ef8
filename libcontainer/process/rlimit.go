package process

import (
	"fmt"
	"strconv"

	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// InitialRlimits sets resource limits. It gives the init more than a limit that
// is too tight for it, and leaves that limit to [FinalRlimits]. To raise a hard
// limit needs CAP_SYS_RESOURCE in the initial user namespace: otherwise EPERM
// (getrlimit(2)).
//
// Preconditions: the init has its privileges.
func InitialRlimits(b *program.Builder, limits []specs.POSIXRlimit) {
	for i, l := range limits {
		setRlimit(b, i, RlimitOfInit(l))
	}
}

// FinalRlimits sets the limits that would have been too tight for the init.
//
// Preconditions: the init needs no new descriptor any more.
func FinalRlimits(b *program.Builder, limits []specs.POSIXRlimit) {
	for i, l := range limits {
		if RlimitOfInit(l) != l {
			setRlimit(b, i, l)
		}
	}
}

// ownDescriptors is how many descriptors the init may have open while it waits
// for start, and a few more.
const ownDescriptors = 16

// RlimitOfInit returns a limit that leaves the init room for its own
// descriptors. To lower it later needs no privilege.
func RlimitOfInit(l specs.POSIXRlimit) specs.POSIXRlimit {
	if l.Type == "RLIMIT_NOFILE" {
		l.Soft, l.Hard = max(l.Soft, ownDescriptors), max(l.Hard, ownDescriptors)
	}
	return l
}

func setRlimit(b *program.Builder, i int, l specs.POSIXRlimit) {
	b.At(fmt.Sprintf("process.rlimits[%d]", i), l.Type)
	b.Doing("%s", SettingRlimit(l))
	resource, ok := spec.Rlimit(l.Type)
	if !ok {
		resource = -1 // EINVAL; package spec has refused it already
	}
	b.Setrlimit(resource, l.Soft, l.Hard)
}

// SettingRlimit names the operation that sets a limit, as errors do.
func SettingRlimit(l specs.POSIXRlimit) string {
	return fmt.Sprintf("set limits %s:%s", limit(l.Soft), limit(l.Hard))
}

func limit(n uint64) string {
	if n == unix.RLIM_INFINITY {
		return "unlimited"
	}
	return strconv.FormatUint(n, 10)
}

// RaiseOpenFiles lets the init open as many descriptors as its hard limit
// allows. restore appends the steps that set its former soft limit again, which
// the container's process is to have.
func RaiseOpenFiles(b *program.Builder) (restore func()) {
	before, raised := b.Buffer(16), b.Buffer(16)
	b.At("", "")
	b.Doing("raise the limit of open files")
	b.Getrlimit(unix.RLIMIT_NOFILE, before)
	for _, half := range [...]uint32{0, 4} {
		hard := b.Load(before.At(8+half), program.WholeWord, "half of the hard limit of open files")
		b.Store(raised.At(half), hard)
		b.Store(raised.At(8+half), hard)
	}
	b.SetrlimitFrom(unix.RLIMIT_NOFILE, raised)
	return func() {
		b.At("", "")
		b.Doing("restore the limit of open files")
		b.SetrlimitFrom(unix.RLIMIT_NOFILE, before)
	}
}
