package seccomp

import (
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// SupportedFlags returns the names of those flags of seccomp(2) that this kernel
// knows.
func SupportedFlags(names []string) []string {
	supported := []string{}
	for _, name := range names {
		if flag, ok := spec.SeccompFlag(specs.LinuxSeccompFlag(name)); ok && haveFlag(uintptr(flag)) {
			supported = append(supported, name)
		}
	}
	return supported
}

// haveFlag tries a flag with a filter that cannot exist, because the kernel
// looks at the flags first.
func haveFlag(flag uintptr) bool {
	if flag == unix.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV {
		flag |= unix.SECCOMP_FILTER_FLAG_NEW_LISTENER // without it the kernel refuses the flag
	}
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, flag, 0)
	return errno == unix.EFAULT
}
