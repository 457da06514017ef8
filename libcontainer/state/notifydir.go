package state

import (
	"fmt"
	"os"
)

// MakeNotifyDir makes the directory with the socket on which the container
// reports that it is ready (NOTIFY_SOCKET), and returns its path. The container
// sees this directory.
func (d *Dir) MakeNotifyDir() (string, error) {
	dir := d.path + "/notify"
	if err := os.Mkdir(dir, 0o755); err != nil {
		return "", fmt.Errorf("NOTIFY_SOCKET: %w", err)
	}
	return dir, nil
}
