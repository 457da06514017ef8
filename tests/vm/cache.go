package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// cache is the directory that holds what takes long to make. Each thing is a
// directory whose name ends in a digest of all that it was made from. Whoever
// wants everything anew, such as the newest packages, removes it.
type cache struct{ dir string }

func openCache() (*cache, error) {
	user, err := os.UserCacheDir()
	if err != nil {
		return nil, err
	}
	c := &cache{dir: filepath.Join(user, "rt-vm")}
	return c, os.MkdirAll(c.dir, 0o755)
}

// lock waits until nobody else makes a thing of this kind.
func (c *cache) lock(kind string) (unlock func(), err error) {
	file, err := os.Create(filepath.Join(c.dir, kind+".lock"))
	if err != nil {
		return nil, err
	}
	if unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB) != nil {
		say("waiting for another run that makes %s", kind)
		if err := unix.Flock(int(file.Fd()), unix.LOCK_EX); err != nil {
			file.Close()
			return nil, fmt.Errorf("lock %s: %w", kind, err)
		}
	}
	return func() { file.Close() }, nil
}

// unused is how long a thing is kept for checkouts that are made of something
// else, such as another branch.
const unused = 24 * time.Hour

// get returns the directory kind-DIGEST, which make fills if it is not there.
// Others of the same kind are removed then if nobody has used them for long.
func (c *cache) get(kind, digest string, make func(dir string) error) (string, error) {
	dir := filepath.Join(c.dir, kind+"-"+digest)
	if exists(dir) {
		return dir, os.Chtimes(dir, time.Time{}, time.Now()) // it is in use
	}
	unlock, err := c.lock(kind)
	if err != nil {
		return "", err
	}
	defer unlock()
	if exists(dir) {
		return dir, nil // made meanwhile
	}
	temp := dir + ".new"
	if err := errors.Join(os.RemoveAll(temp), os.Mkdir(temp, 0o755)); err != nil {
		return "", err
	}
	if err := make(temp); err != nil {
		return "", errors.Join(err, os.RemoveAll(temp))
	}
	c.tidy(kind)
	return dir, os.Rename(temp, dir)
}

// tidy removes what nobody has used for long.
func (c *cache) tidy(kind string) {
	things, _ := filepath.Glob(filepath.Join(c.dir, kind+"-*"))
	for _, path := range things {
		if info, err := os.Stat(path); err == nil && time.Since(info.ModTime()) > unused {
			_ = os.RemoveAll(path)
		}
	}
}

// key returns the path of the SSH key that the guests know.
func (c *cache) key(ctx context.Context) (string, error) {
	unlock, err := c.lock("key")
	if err != nil {
		return "", err
	}
	defer unlock()
	path := c.keyPath()
	if exists(path) {
		return path, nil
	}
	return path, quietly(exec.CommandContext(ctx, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "rt-vm", "-f", path))
}

func (c *cache) keyPath() string { return filepath.Join(c.dir, "key") }

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// quietly runs a command that is to say something only if it fails.
func quietly(cmd *exec.Cmd) error {
	out, err := cmd.CombinedOutput()
	if err != nil {
		// %v: main takes an [exec.ExitError] for that of a command that has
		// said itself what is wrong.
		return fmt.Errorf("%s: %v\n%s", filepath.Base(cmd.Path), err, out)
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
