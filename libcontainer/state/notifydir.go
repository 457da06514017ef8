package state

import (
	"fmt"
	"os"
)

// MakeNotifyDir makes the directory with the socket for telling that the container
// is ready (NOTIFY_SOCKET), which the container sees, and returns its path.
func (d *Dir) MakeNotifyDir() (string, error) {
	dir := d.path + "/notify"
	if err := os.Mkdir(dir, 0o755); err != nil {
		return "", fmt.Errorf("NOTIFY_SOCKET: %w", err)
	}
	return dir, nil
}
