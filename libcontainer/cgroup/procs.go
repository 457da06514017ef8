package cgroup

import (
	"errors"
	"io/fs"
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

func procsBelow(path string) ([]int, error) {
	var pids []int
	err := walk(path, func(t *tree) error {
		more, err := t.procs()
		pids = append(pids, more...)
		return err
	})
	return pids, err
}

// walk calls visit at the cgroup path and all below it, parents first.
// Cgroups that vanish meanwhile are left out.
func walk(path string, visit func(t *tree) error) error {
	t, err := openTree(path)
	if err != nil {
		return ignoreGone(err)
	}
	defer t.close()
	for more := true; more && err == nil; more, err = t.next() {
		if err := ignoreGone(visit(t)); err != nil {
			return err
		}
		children, err := t.children()
		if err := ignoreGone(err); err != nil {
			return err
		}
		t.here().left = children
	}
	return err
}

// procs returns the processes directly in this cgroup. The processes of a
// threaded cgroup are only known by their threads (cgroups(7)).
func (t *tree) procs() ([]int, error) {
	content, err := t.read("cgroup.procs")
	if isErrno(err, unix.EOPNOTSUPP) {
		content, err = t.read("cgroup.threads")
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

// WhyAlive explains why a killed process of the container may still exist: with
// its state in /proc, and whether a cgroup above the container's is frozen.
func (c *Config) WhyAlive(pid int) string {
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
		return "no longer there"
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
