package linux

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// OpenChild returns a pidfd of a child that was not reaped, so that no other
// process can have its pid.
func OpenChild(pid int) (*os.File, error) {
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return nil, fmt.Errorf("open process %d: %w", pid, err)
	}
	return os.NewFile(uintptr(fd), "pidfd"), nil
}

// Reap waits for the end of a child.
func Reap(pid int) (status unix.WaitStatus, err error) {
	for {
		if _, err = unix.Wait4(pid, &status, 0, nil); err != unix.EINTR {
			return status, err
		}
	}
}
