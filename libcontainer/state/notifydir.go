package state

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// MakeNotifyDir makes the directory with the socket on which the container
// reports that it is ready (NOTIFY_SOCKET), and returns its path. The container
// sees this directory.
func (d *Dir) MakeNotifyDir() (string, error) {
	dir := d.path + "/notify"
	err := unix.Mkdir(dir, 0o755)
	if err == nil {
		err = unix.Chmod(dir, 0o755) // whatever the umask
	}
	if err != nil {
		return "", fmt.Errorf("NOTIFY_SOCKET: %w", err)
	}
	return dir, nil
}
