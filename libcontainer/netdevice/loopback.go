package netdevice

import (
	"fmt"
	"os"
)

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
