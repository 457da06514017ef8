package libcontainer

import (
	"fmt"
	"os"

	"github.com/oci-rt/rt/libcontainer/netdevice"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// awaitNetDevices lets the creator move the container's network devices into
// its network namespace. That comes before sysctls are set, which may be about
// the devices.
func (c *compiler) awaitNetDevices() {
	if len(c.linux.NetDevices) == 0 {
		return
	}
	c.At("linux.netDevices", "")
	c.ask("for the network devices", "for the network devices")
}

// setLoopbackUp sets the loopback device of a new network namespace up.
func (c *compiler) setLoopbackUp() {
	if ownNamespace(c.spec, specs.NetworkNamespace) {
		c.At("linux.namespaces", "network")
		netdevice.SetLoopbackUp(c.Builder)
	}
}

// giveNetDevices moves the network devices when the init waits for them.
func (b *birth) giveNetDevices() error {
	if b.cfg.Spec.Linux == nil || len(b.cfg.Spec.Linux.NetDevices) == 0 {
		return nil
	}
	return b.whenAsked(func() error {
		namespace, err := os.Open(fmt.Sprintf("/proc/%d/ns/net", b.init.pid))
		if err != nil {
			return fmt.Errorf("linux.netDevices: the container's network namespace: %w", err)
		}
		b.netDevices, err = netdevice.Move(b.cfg.Spec.Linux.NetDevices, namespace)
		return err
	})
}

// returnNetDevices puts the network devices back where they were, for a
// container that could not be made: the kernel would destroy the virtual ones.
func (b *birth) returnNetDevices() error {
	if b.netDevices == nil {
		return nil
	}
	defer b.leaveNetDevices()
	return b.netDevices.Return()
}

// leaveNetDevices leaves the network devices to the container.
func (b *birth) leaveNetDevices() {
	if b.netDevices != nil {
		b.netDevices.Close()
		b.netDevices = nil
	}
}
