package libcontainer

import (
	"os"

	"golang.org/x/sys/unix"
)

// Facts is what a program depends on besides the configuration: properties of
// the kernel and of the calling process.
type Facts struct {
	// LastCap is the highest capability of this kernel.
	LastCap uint
	// Available has a bit for each capability that the calling process can
	// pass on: those it is permitted that are in its bounding set.
	Available uint64
	// OrdinaryUser says that the calling process is not root, also not that of a
	// user namespace.
	OrdinaryUser bool
	// InUserNamespace says that the calling process is in a user namespace
	// other than the host's, so that it is not the host's root.
	InUserNamespace bool
}

// gatherFacts asks the kernel.
func gatherFacts() Facts {
	last, bounding := boundingSet()
	return Facts{
		LastCap: last, Available: bounding & permittedSet(),
		OrdinaryUser: os.Geteuid() != 0, InUserNamespace: inUserNamespace(),
	}
}

// firstUserNamespace is the inode number of the host's user namespace, the
// same on every machine (PROC_USER_INIT_INO, since Linux 3.8).
const firstUserNamespace = 0xeffffffd

// inUserNamespace tells whether the process is in a user namespace other than
// the host's. Its map of ids would not do: a namespace may map all ids to
// themselves, and still its root may not make devices.
func inUserNamespace() bool {
	var st unix.Stat_t
	return unix.Stat("/proc/self/ns/user", &st) == nil && st.Ino != firstUserNamespace
}

// boundingSet returns the highest capability of this kernel and the calling
// process's bounding set. prctl(2) refuses the first capability that the
// kernel does not know.
func boundingSet() (last uint, set uint64) {
	for bit := range uint(64) {
		in, err := unix.PrctlRetInt(unix.PR_CAPBSET_READ, uintptr(bit), 0, 0, 0)
		if err != nil {
			break
		}
		last = bit
		if in == 1 {
			set |= 1 << bit
		}
	}
	return last, set
}

// permittedSet returns the calling thread's permitted capabilities.
func permittedSet() uint64 {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if unix.Capget(&header, &data[0]) != nil {
		return 0
	}
	return uint64(data[0].Permitted) | uint64(data[1].Permitted)<<32
}
