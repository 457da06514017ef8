package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// cache is the directory that holds what takes long to make. Each thing is a
// directory whose name ends in a digest of all that it was made from. Whoever
// wants everything anew, such as the newest packages, removes it.
type cache struct {
	dir  string
	lock *os.File
}

// openCache opens the cache and waits until nobody else uses it.
func openCache() (*cache, error) {
	user, err := os.UserCacheDir()
	if err != nil {
		return nil, err
	}
	c := &cache{dir: filepath.Join(user, "rt-vm")}
	if err := os.MkdirAll(c.dir, 0o755); err != nil {
		return nil, err
	}
	if c.lock, err = os.Create(filepath.Join(c.dir, "lock")); err != nil {
		return nil, err
	}
	if unix.Flock(int(c.lock.Fd()), unix.LOCK_EX|unix.LOCK_NB) != nil {
		say("waiting for another run that builds an image or a snapshot")
		if err := unix.Flock(int(c.lock.Fd()), unix.LOCK_EX); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func (c *cache) close() { c.lock.Close() }

// get returns the directory kind-DIGEST, which make fills if it is not there.
// Older ones of the same kind are removed then.
func (c *cache) get(kind, digest string, make func(dir string) error) (string, error) {
	dir := filepath.Join(c.dir, kind+"-"+digest)
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		return dir, err
	}
	temp := dir + ".new"
	if err := errors.Join(os.RemoveAll(temp), os.Mkdir(temp, 0o755)); err != nil {
		return "", err
	}
	if err := make(temp); err != nil {
		return "", errors.Join(err, os.RemoveAll(temp))
	}
	old, _ := filepath.Glob(filepath.Join(c.dir, kind+"-*"))
	for _, path := range old {
		if path != temp {
			_ = os.RemoveAll(path)
		}
	}
	return dir, os.Rename(temp, dir)
}

// key returns the path of the SSH key that the guests know.
func (c *cache) key(ctx context.Context) (string, error) {
	path := filepath.Join(c.dir, "key")
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	return path, quietly(exec.CommandContext(ctx, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "rt-vm", "-f", path))
}

// quietly runs a command that is to say something only if it fails.
func quietly(cmd *exec.Cmd) error {
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", filepath.Base(cmd.Path), err, out)
	}
	return nil
}

// gracefully makes the end of a command's context a signal that lets it clean
// up, before it is killed.
func gracefully(cmd *exec.Cmd) *exec.Cmd {
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 20 * time.Second
	return cmd
}

// digest returns a short digest of all parts.
func digest(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return fmt.Sprintf("%x", h.Sum(nil)[:6])
}
