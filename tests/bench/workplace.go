package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// workplace is the scratch directory of one run, and all that the run makes
// outside of it. Everything that is visible to others has its name in it.
type workplace struct {
	dir     string
	name    string // of this run, in the names of cgroups
	undo    []func()
	cgroups cgroupMounts
}

func newWorkplace() (*workplace, error) {
	dir, err := os.MkdirTemp("", "rt-bench-")
	if err != nil {
		return nil, err
	}
	w := &workplace{dir: dir, name: filepath.Base(dir)}
	w.undo = append(w.undo, func() { os.RemoveAll(dir) })
	if w.cgroups, err = findCgroups(); err != nil {
		w.remove()
		return nil, err
	}
	return w, nil
}

// remove takes back everything, the last first.
func (w *workplace) remove() {
	for i := len(w.undo) - 1; i >= 0; i-- {
		w.undo[i]()
	}
	w.undo = nil
}

// path returns the path of a file of the workplace.
func (w *workplace) path(elem ...string) string {
	return filepath.Join(append([]string{w.dir}, elem...)...)
}

// cgroupMounts are the mount points of the host's cgroup hierarchies.
type cgroupMounts struct {
	v1      []string
	unified string // "" if there is none
}

// hybrid reports whether both versions of cgroups are in use.
func (c cgroupMounts) hybrid() bool { return len(c.v1) > 0 && c.unified != "" }

// all returns all mount points.
func (c cgroupMounts) all() []string {
	if c.unified == "" {
		return c.v1
	}
	return append([]string{c.unified}, c.v1...)
}

// findCgroups reads the mount points from /proc/self/mountinfo: see proc(5).
func findCgroups() (cgroupMounts, error) {
	var c cgroupMounts
	text, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return c, err
	}
	for line := range strings.Lines(string(text)) {
		front, back, _ := strings.Cut(line, " - ")
		fstype, _, _ := strings.Cut(back, " ")
		mount := strings.Fields(front)
		switch {
		case len(mount) < 5 || mount[3] != "/": // part of a hierarchy only
		case fstype == "cgroup":
			c.v1 = append(c.v1, mount[4])
		case fstype == "cgroup2" && c.unified == "":
			c.unified = mount[4]
		}
	}
	return c, nil
}

// hideControllers hides from all that is measured that cgroup version 2 has
// controllers where both versions are in use: crun refuses to run there. It
// does so in a mount namespace of the bench's own, so the host sees nothing.
//
// Preconditions: the goroutine is locked to its thread, as only that gets the
// namespace, and starts all commands.
func (w *workplace) hideControllers() error {
	if !w.cgroups.hybrid() {
		return nil
	}
	empty := w.path("empty")
	if err := os.WriteFile(empty, nil, 0o444); err != nil {
		return err
	}
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		return fmt.Errorf("unshare mount namespace: %w", err)
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_SLAVE, ""); err != nil {
		return fmt.Errorf("make the mounts slaves of the host's: %w", err)
	}
	file := filepath.Join(w.cgroups.unified, "cgroup.controllers")
	if err := unix.Mount(empty, file, "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("hide %s: %w", file, err)
	}
	return nil
}

// removeCgroup removes the cgroup path from all hierarchies.
func (c cgroupMounts) removeCgroup(path string) {
	for _, mount := range c.all() {
		retry(func() error { return os.Remove(filepath.Join(mount, path)) })
	}
}

// retry repeats what fails with EBUSY because a process or a cgroup is on its
// way out, for a second at most.
func retry(f func() error) (err error) {
	for range 100 {
		if err = f(); !errors.Is(err, unix.EBUSY) {
			return err
		}
		time.Sleep(10 * time.Millisecond)
	}
	return err
}
