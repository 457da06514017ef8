package cgroup

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Procs returns the processes in the container's cgroup and below. There are
// none if the cgroup does not exist or is not c.Made.
func (c *Config) Procs() ([]int, error) {
	if !c.Made {
		return nil, nil
	}
	return procsBelow(c.Hierarchies[0].Dir())
}

func procsBelow(dir string) ([]int, error) {
	var pids []int
	err := walk(dir, func(dir string) error {
		more, err := procsIn(dir)
		pids = append(pids, more...)
		return err
	})
	return pids, err
}

// walk calls visit for the cgroup dir and all below it, parents first.
// Cgroups that vanish meanwhile are left out.
func walk(dir string, visit func(dir string) error) error {
	if err := visit(dir); err != nil {
		return ignoreGone(err)
	}
	children, err := subdirs(dir)
	if err != nil {
		return ignoreGone(err)
	}
	for _, name := range children {
		if err := walk(filepath.Join(dir, name), visit); err != nil {
			return err
		}
	}
	return nil
}

// subdirs returns the names of the cgroups directly below dir.
func subdirs(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	var names []string
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names, err
}

// procsIn returns the processes directly in a cgroup. The processes of a
// threaded cgroup are only known by their threads (cgroups(7)).
func procsIn(dir string) ([]int, error) {
	content, err := readFile(dir + "/cgroup.procs")
	if isErrno(err, unix.EOPNOTSUPP) {
		content, err = readFile(dir + "/cgroup.threads")
	}
	if err != nil {
		return nil, err
	}
	var pids []int
	for field := range strings.FieldsSeq(content) {
		if pid, err := strconv.Atoi(field); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids, nil
}

// Immortal says why a process of the container that was killed may still be
// there: what /proc says of its state, and whether somebody else holds it.
func (c *Config) Immortal(pid int) string {
	text := describeProcess(pid)
	if c.frozenAbove() {
		text += "; a cgroup above the container's is frozen"
	}
	return text
}

// describeProcess returns a process's name and state: "sh, D (disk sleep)".
func describeProcess(pid int) string {
	content, err := readFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return "gone by now"
	}
	var name, state string
	for line := range strings.Lines(content) {
		key, value, _ := strings.Cut(line, ":")
		switch key {
		case "Name":
			name = strings.TrimSpace(value)
		case "State":
			state = strings.TrimSpace(value)
		}
	}
	return name + ", " + state
}

// ignoreGone drops the errors of a cgroup that does not exist any more: ENODEV
// comes from files that were open when it was removed.
func ignoreGone(err error) error {
	if isErrno(err, unix.ENODEV) || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func isErrno(err error, errno unix.Errno) bool { return errors.Is(err, errno) }
