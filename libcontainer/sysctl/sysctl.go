// Package sysctl compiles linux.sysctl into steps.
package sysctl

import (
	"fmt"
	"maps"
	"slices"

	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/spec"
	"golang.org/x/sys/unix"
)

// Apply writes kernel parameters in the order of their names. proc is a
// descriptor of the host's proc file system, whose files follow the network,
// IPC, UTS and user namespaces of the process that opens them.
//
// A container that shares a volume with this one may have put a mount or a
// link in the way of a write below /proc (CVE-2025-52881), so no link and no
// other mount is crossed.
//
// Preconditions: the process is in the container's namespaces.
func Apply(b *program.Builder, proc program.Arg, sysctls map[string]string) {
	for _, key := range slices.Sorted(maps.Keys(sysctls)) {
		value := sysctls[key]
		b.At(fmt.Sprintf("linux.sysctl[%q]", key), "")
		b.Doing("write %q", value)
		fd := b.Openat2(proc, "sys/"+spec.SysctlPath(key), unix.O_WRONLY, 0,
			unix.RESOLVE_BENEATH|unix.RESOLVE_NO_SYMLINKS|unix.RESOLVE_NO_MAGICLINKS|unix.RESOLVE_NO_XDEV).Result("sysctl")
		b.Write(fd, value)
		b.Close(fd)
	}
}
