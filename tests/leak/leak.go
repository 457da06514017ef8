// Package leak finds what a test left behind on the machine, and removes it.
//
// Everything that belongs to a test carries one of two marks: the path of the
// test's directory, or a tag that occurs nowhere else. So it is found however
// it got loose, and tests that run at the same time do not disturb each other.
package leak

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Mark is what everything that belongs to a test carries.
type Mark struct {
	Dir   string // the test's directory: what is in it, in command lines and mounts
	Tag   string // in the environment of processes and in names of cgroups
	State string // the directory that must be empty in the end; may be absent
}

// within is how the path of everything in the test's directory begins: the
// directory's own path may be the beginning of another test's.
func (m Mark) within() string { return m.Dir + "/" }

// Left is something that a test left behind.
type Left struct {
	What   string // for people
	remove func() error
}

// settle bounds the wait for what is already on its way out.
const settle = 2 * time.Second

// Find returns what is left of the test. It waits a little for what the kernel
// has not finished yet.
func (m Mark) Find() []Left {
	for deadline := time.Now().Add(settle); ; time.Sleep(20 * time.Millisecond) {
		left := m.look()
		if len(left) == 0 || time.Now().After(deadline) {
			return left
		}
	}
}

// Remove removes what is left of the test, so that one failed test does not
// fail the next. It tries more than once, because a cgroup only goes when its
// processes have gone.
func (m Mark) Remove() {
	for range 50 {
		left := m.look()
		if len(left) == 0 {
			return
		}
		for _, l := range left {
			_ = l.remove()
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// look lists what is there right now, in the order in which it can be removed.
func (m Mark) look() []Left {
	left := m.processes()
	left = append(left, m.mounts()...)
	left = append(left, m.cgroups()...)
	return append(left, m.files()...)
}

// processes finds the processes that carry a mark.
func (m Mark) processes() []Left {
	var left []Left
	procs, _ := filepath.Glob("/proc/[0-9]*")
	oldest := startTime("/proc/self")
	for _, dir := range procs {
		pid, err := strconv.Atoi(filepath.Base(dir))
		if err != nil || pid == os.Getpid() || startTime(dir) < oldest || !m.marked(dir) {
			continue
		}
		cmdline, _ := os.ReadFile(dir + "/cmdline")
		name, _ := os.ReadFile(dir + "/comm")
		left = append(left, Left{
			What:   fmt.Sprintf("process %d (%s): %q", pid, bytes.TrimSpace(name), cmdline),
			remove: func() error { return unix.Kill(pid, unix.SIGKILL) },
		})
	}
	return left
}

// startTime returns when a process began, in clock ticks after boot: those that are older
// than the tests are not theirs, and there are many.
func startTime(proc string) int { return Stat(proc, 22) }

// Stat returns a field of the process with this directory in /proc, by its number in
// proc_pid_stat(5): one of those behind the command's name that are numbers. It is 0 if
// the process has ended.
func Stat(proc string, field int) int {
	const first = 3 // behind the name, which may contain anything
	stat, _ := os.ReadFile(proc + "/stat")
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) <= field-first {
		return 0
	}
	n, _ := strconv.Atoi(string(fields[field-first]))
	return n
}

// marked reports whether the process with this directory in /proc belongs to
// the test: by its arguments or environment if it is one of the test's or of
// the container's, by its descriptors if it is an init that still builds a
// container, and else by its root directory.
func (m Mark) marked(proc string) bool {
	cmdline, _ := os.ReadFile(proc + "/cmdline")
	environ, _ := os.ReadFile(proc + "/environ")
	if bytes.Contains(cmdline, []byte(m.within())) || bytes.Contains(environ, []byte("TEST_TAG="+m.Tag)) {
		return true
	}
	fds, _ := filepath.Glob(proc + "/fd/*")
	for _, fd := range fds {
		if target, _ := os.Readlink(fd); strings.Contains(target, m.within()) {
			return true
		}
	}
	mountinfo, _ := os.ReadFile(proc + "/mountinfo")
	for _, mount := range parseMountinfo(string(mountinfo)) {
		if mount.point == "/" && strings.Contains(mount.root, m.within()) {
			return true
		}
	}
	return false
}

// mount is a line of proc_pid_mountinfo(5).
type mount struct {
	root  string // field 4: the directory of the file system that is mounted
	point string // field 5: where, as seen from the process's root
}

func parseMountinfo(data string) []mount {
	var mounts []mount
	for line := range strings.Lines(data) {
		if fields := strings.Fields(line); len(fields) > 4 {
			mounts = append(mounts, mount{fields[3], fields[4]})
		}
	}
	return mounts
}

// mounts finds mounts in the test's mount namespace, the last one first.
func (m Mark) mounts() []Left {
	data, _ := os.ReadFile("/proc/self/mountinfo")
	var left []Left
	for _, mnt := range parseMountinfo(string(data)) {
		if !strings.Contains(mnt.point, m.within()) {
			continue
		}
		left = append([]Left{{
			What:   "mount on " + mnt.point,
			remove: func() error { return unix.Unmount(mnt.point, unix.MNT_DETACH|unix.UMOUNT_NOFOLLOW) },
		}}, left...)
	}
	return left
}

// cgroups finds cgroups of all hierarchies, children before their parents.
func (m Mark) cgroups() []Left {
	var left []Left
	_ = filepath.WalkDir("/sys/fs/cgroup", func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && strings.Contains(path, m.Tag) {
			left = append([]Left{{What: "cgroup " + path, remove: func() error { return unix.Rmdir(path) }}}, left...)
		}
		return nil // what vanishes meanwhile is not ours
	})
	return left
}

// files finds what is in the state directory.
func (m Mark) files() []Left {
	if m.State == "" {
		return nil
	}
	entries, _ := os.ReadDir(m.State)
	var left []Left
	for _, e := range entries {
		path := filepath.Join(m.State, e.Name())
		left = append(left, Left{What: "file " + path, remove: func() error { return os.RemoveAll(path) }})
	}
	return left
}
