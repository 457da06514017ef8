// Package stage is where benches run their containers: a scratch directory with a rootfs
// and bundles, cgroups, and what hides from crun what it refuses.
package stage

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Stage is the scratch directory of one run, and all that the run makes
// outside of it. Everything that is visible to others has its name in it.
type Stage struct {
	dir     string
	name    string // of this run, in the names of cgroups
	undo    []func()
	Cgroups Cgroups
}

// New makes a stage. Whoever has it must Remove it.
func New() (*Stage, error) {
	dir, err := os.MkdirTemp("", "rt-bench-")
	if err != nil {
		return nil, err
	}
	s := &Stage{dir: dir, name: filepath.Base(dir)}
	s.undo = append(s.undo, func() { os.RemoveAll(dir) })
	if s.Cgroups, err = findCgroups(); err != nil {
		s.Remove()
		return nil, err
	}
	return s, nil
}

// Name is the stage's, which nobody else has.
func (s *Stage) Name() string { return s.name }

// Undo has f called by Remove, before what was given earlier.
func (s *Stage) Undo(f func()) { s.undo = append(s.undo, f) }

// Remove takes back everything, the last first.
func (s *Stage) Remove() {
	for i := len(s.undo) - 1; i >= 0; i-- {
		s.undo[i]()
	}
	s.undo = nil
}

// Left returns what is left of a stage that was removed: its directory and its cgroups.
func (s *Stage) Left() (left []string) {
	if _, err := os.Stat(s.dir); err == nil {
		left = append(left, s.dir)
	}
	for _, mount := range s.Cgroups.All() {
		cgroups, _ := filepath.Glob(filepath.Join(mount, s.name+"*"))
		left = append(left, cgroups...)
	}
	return left
}

// Path returns the path of a file of the stage.
func (s *Stage) Path(elem ...string) string {
	return filepath.Join(append([]string{s.dir}, elem...)...)
}

// CopyProgram copies a program to the directory dir of the stage, and returns the path of
// the copy. All that are compared are to lie alike in the page cache: a file that the
// linker has just written lies there in pages of 4 KiB, and takes a fifth longer to start
// than one that was installed, which lies there in larger folios.
func (s *Stage) CopyProgram(path, dir string) (string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	to := s.Path(dir, filepath.Base(path))
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return "", err
	}
	return to, os.WriteFile(to, data, 0o755)
}

// Cgroups are the mount points of the host's cgroup hierarchies.
type Cgroups struct {
	V1      []string
	Unified string // "" if there is none
}

// hybrid reports whether both versions of cgroups are in use.
func (c Cgroups) hybrid() bool { return len(c.V1) > 0 && c.Unified != "" }

// All returns all mount points.
func (c Cgroups) All() []string {
	if c.Unified == "" {
		return c.V1
	}
	return append([]string{c.Unified}, c.V1...)
}

// findCgroups reads the mount points from /proc/self/mountinfo: see proc(5).
func findCgroups() (Cgroups, error) {
	var c Cgroups
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
			c.V1 = append(c.V1, mount[4])
		case fstype == "cgroup2" && c.Unified == "":
			c.Unified = mount[4]
		}
	}
	return c, nil
}

// OwnMounts gives the calling thread a copy of the host's mounts, which the host sees no
// change of.
//
// Preconditions: the goroutine is locked to its thread, as only that gets the
// namespace. It is the one that starts all commands, or that executes the bench again.
func OwnMounts() error {
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		return fmt.Errorf("unshare mount namespace: %w", err)
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_SLAVE, ""); err != nil {
		return fmt.Errorf("make the mounts slaves of the host's: %w", err)
	}
	return nil
}

// ownMountsVar says that the program has mounts of its own.
const ownMountsVar = "RT_BENCH_OWN_MOUNTS"

// HasOwnMounts reports whether WithOwnMounts has succeeded.
func HasOwnMounts() bool { return os.Getenv(ownMountsVar) != "" }

// WithOwnMounts executes the program once more, with mounts of its own: all threads, and
// all that it starts, have them then.
func WithOwnMounts() error {
	if HasOwnMounts() {
		return nil
	}
	runtime.LockOSThread()
	if err := OwnMounts(); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	return os.NewSyscallError("execve", unix.Exec(self, os.Args, append(os.Environ(), ownMountsVar+"=1")))
}

// MountTmpfs mounts a tmpfs on the stage, or on a new directory of it: engines and
// runtimes keep the state of containers in /run, which is one on hosts. On a disk they
// would wait for its journal, and those most that keep most files. On the stage it is
// mounted before anything is there.
//
// Preconditions: OwnMounts.
func (s *Stage) MountTmpfs(elem ...string) error {
	dir := s.Path(elem...)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "mode=0700"); err != nil {
		return fmt.Errorf("mount tmpfs on %s: %w", dir, err)
	}
	s.Undo(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
	return nil
}

// HideControllers hides from all that is measured that cgroup version 2 has
// controllers where both versions are in use: crun refuses to run there.
//
// Preconditions: OwnMounts.
func (s *Stage) HideControllers() error {
	if !s.Cgroups.hybrid() {
		return nil
	}
	empty := s.Path("empty")
	if err := os.WriteFile(empty, nil, 0o444); err != nil {
		return err
	}
	file := filepath.Join(s.Cgroups.Unified, "cgroup.controllers")
	if err := unix.Mount(empty, file, "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("hide %s: %w", file, err)
	}
	return nil
}

// Remove removes the cgroup path from all hierarchies.
func (c Cgroups) Remove(path string) {
	for _, mount := range c.All() {
		Retry(func() error { return os.Remove(filepath.Join(mount, path)) })
	}
}

// Retry repeats what fails with EBUSY because a process or a cgroup is on its
// way out, for a second at most.
func Retry(f func() error) (err error) {
	for range 100 {
		if err = f(); !errors.Is(err, unix.EBUSY) {
			return err
		}
		time.Sleep(10 * time.Millisecond)
	}
	return err
}
