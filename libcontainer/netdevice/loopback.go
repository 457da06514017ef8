package netdevice

import (
	"encoding/binary"
	"fmt"
	"os"

	"github.com/oci-rt/rt/libcontainer/program"
	"golang.org/x/sys/unix"
)

// SetLoopbackUp sets the loopback device up in the network namespace of the init,
// a new one. The kernel gives the device its addresses then. The specification
// says nothing about it, but runc and crun do so, and programs rely on it where
// no engine sets up the network.
func SetLoopbackUp(b *program.Builder) {
	b.Doing("make a socket to set devices by")
	socket := b.Socket(unix.AF_UNIX, unix.SOCK_DGRAM).Result("socket") // any family will do
	b.Doing("set the loopback device up")
	b.Ioctl(socket, unix.SIOCSIFFLAGS, b.Bytes(interfaceFlags("lo", unix.IFF_UP|unix.IFF_RUNNING)))
	b.Close(socket)
}

// sizeofIfreq is the size of a struct ifreq where pointers have 64 bits.
const sizeofIfreq = 40

// interfaceFlags returns a struct ifreq of netdevice(7) with flags.
func interfaceFlags(name string, flags uint16) []byte {
	request := make([]byte, sizeofIfreq)
	copy(request[:unix.IFNAMSIZ-1], name)
	binary.NativeEndian.PutUint16(request[unix.IFNAMSIZ:], flags)
	return request
}

// loopbackIndex is the index of the loopback device in every network namespace
// (LOOPBACK_IFINDEX in the kernel's linux/net_namespace.h).
const loopbackIndex = 1

// LoopbackUp sets the loopback device up in the network namespace of a process.
func LoopbackUp(pid int) error {
	namespace, err := os.Open(fmt.Sprintf("/proc/%d/ns/net", pid))
	if err != nil {
		return fmt.Errorf("network namespace: %w", err)
	}
	defer namespace.Close()
	c, err := dialIn(namespace)
	if err != nil {
		return err
	}
	defer c.close()
	if err := c.setUp(loopbackIndex); err != nil {
		return fmt.Errorf("set device lo up: %w", err)
	}
	return nil
}
