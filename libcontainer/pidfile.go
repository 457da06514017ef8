package libcontainer

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// writePidFile writes the pid in decimal without a newline, which is what
// engines parse. The file appears under its name only when it is complete.
func writePidFile(path string, pid int) error {
	if path == "" {
		return nil
	}
	dir, name := filepath.Split(path)
	temp := filepath.Join(dir, "."+name)
	_ = os.Remove(temp)
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL|unix.O_NOFOLLOW, 0o644)
	if err != nil {
		return fmt.Errorf("pid file: %w", err)
	}
	_, err = f.WriteString(strconv.Itoa(pid))
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(temp, path)
	}
	if err != nil {
		_ = os.Remove(temp)
		return fmt.Errorf("pid file: %w", err)
	}
	return nil
}
