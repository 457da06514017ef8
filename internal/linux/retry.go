// Package linux has the kernel calls that several packages make in the same
// way.
package linux

import "golang.org/x/sys/unix"

// RetryEINTR calls f until no signal interrupts it: the Go runtime sends
// SIGURG to its own threads at any time.
func RetryEINTR(f func() error) error {
	for {
		if err := f(); err != unix.EINTR {
			return err
		}
	}
}
