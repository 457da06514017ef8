package libcontainer

import (
	"os"
	"runtime"

	"github.com/oci-rt/rt/libcontainer/compile"
	"golang.org/x/sys/unix"
)

// gatherFacts asks the kernel.
func gatherFacts() compile.Facts {
	last, bounding := boundingSet()
	return compile.Facts{
		Arch:    runtime.GOARCH,
		LastCap: last, Available: bounding & permittedSet(),
		OrdinaryUser: os.Geteuid() != 0, InUserNamespace: inUserNamespace(),
	}
}

// firstUserNamespace is the inode number of the host's user namespace, the
// same on every machine (PROC_USER_INIT_INO, since Linux 3.8).
const firstUserNamespace = 0xeffffffd

// inUserNamespace reports whether the process is in a user namespace other than
// the host's. Its map of ids would not tell: a namespace may map all ids to
// themselves, and its root still may not make devices.
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
