// Package sysctl compiles linux.sysctl into steps.
package sysctl

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/oci-rt/rt/libcontainer/program"
	"golang.org/x/sys/unix"
)

// Apply writes kernel parameters in the order of their names. proc is a
// descriptor of the host's proc file system, whose files follow the network,
// IPC and UTS namespaces of the process that opens them.
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
		fd := b.Openat2(proc, "sys/"+Path(key), unix.O_WRONLY, 0,
			unix.RESOLVE_BENEATH|unix.RESOLVE_NO_SYMLINKS|unix.RESOLVE_NO_MAGICLINKS|unix.RESOLVE_NO_XDEV).Result("sysctl")
		b.Write(fd, value)
		b.Close(fd)
	}
}

// Path returns the path of a kernel parameter below /proc/sys. As with
// sysctl(8) its elements are separated by dots or by slashes, whichever comes
// first, and the other one stands for the first inside an element, as in
// "net.ipv4.conf.eth0/100.forwarding".
func Path(key string) string {
	if i := strings.IndexAny(key, "./"); i < 0 || key[i] == '/' {
		return key
	}
	return strings.NewReplacer(".", "/", "/", ".").Replace(key)
}
