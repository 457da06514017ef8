package libcontainer

import (
	"fmt"
	"os"

	"github.com/oci-rt/rt/libcontainer/netdevice"
)

// giveNetDevices moves the network devices, for which the init waits.
func (b *newContainer) giveNetDevices() error {
	namespace, err := os.Open(fmt.Sprintf("/proc/%d/ns/net", b.session.Pid()))
	if err != nil {
		return fmt.Errorf("linux.netDevices: the container's network namespace: %w", err)
	}
	b.netDevices, err = netdevice.Move(b.cfg.Spec.Linux.NetDevices, namespace)
	return err
}

// returnNetDevices puts the network devices back where they were, for a
// container that could not be made: the kernel would destroy the virtual ones.
func (b *newContainer) returnNetDevices() error {
	if b.netDevices == nil {
		return nil
	}
	defer b.leaveNetDevices()
	return b.netDevices.Return()
}

// leaveNetDevices leaves the network devices to the container.
func (b *newContainer) leaveNetDevices() {
	if b.netDevices != nil {
		b.netDevices.Close()
		b.netDevices = nil
	}
}
