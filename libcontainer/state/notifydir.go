package state

import (
	"fmt"
	"os"
)

// NotifyDir is the path of the directory with the socket for telling that the
// container is ready (NOTIFY_SOCKET), which the container sees.
func (d *Dir) NotifyDir() string { return d.path + "/notify" }

// MakeNotifyDir makes the directory and returns its path.
func (d *Dir) MakeNotifyDir() (string, error) {
	dir := d.NotifyDir()
	if err := os.Mkdir(dir, 0o755); err != nil {
		return "", fmt.Errorf("NOTIFY_SOCKET: %w", err)
	}
	return dir, nil
}
