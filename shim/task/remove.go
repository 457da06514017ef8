package task

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/containerd/containerd/v2/core/mount"
	"golang.org/x/sys/unix"
)

// exitFile tells in the bundle how the container's first process has ended.
const exitFile = "rt-exit.json"

// writeExit writes down how the first process has ended, for the case that the shim
// dies before containerd has heard of it.
func (c *container) writeExit(e Exit) {
	data, err := json.Marshal(e)
	if err == nil {
		err = os.WriteFile(filepath.Join(c.bundle, exitFile), data, 0o600)
	}
	c.warnOf(err)
}

// Remove removes everything of a container whose shim has died, and returns how it
// ended. Where nobody knows how it ended, it was killed just now.
func Remove(namespace, id, bundle string) (Exit, error) {
	r, err := recall(bundle, namespace)
	if err != nil {
		return Exit{}, err
	}
	return r.remove(id, bundle)
}

func (r *remembered) remove(id, bundle string) (Exit, error) {
	store := r.store()
	e := Exit{Status: 128 + int(unix.SIGKILL)}
	if c, err := store.Open(id); err == nil {
		if info, err := c.Info(); err == nil {
			e.Pid = info.Pid
		}
		c.Close()
	}
	err := store.Delete(context.Background(), id, true)
	e.At = time.Now()
	data, readErr := os.ReadFile(filepath.Join(bundle, exitFile))
	if readErr == nil {
		readErr = json.Unmarshal(data, &e)
	}
	if errors.Is(readErr, os.ErrNotExist) {
		readErr = nil
	}
	return e, errors.Join(err, readErr, mount.UnmountRecursive(filepath.Join(bundle, "rootfs"), 0))
}
