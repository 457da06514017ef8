package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// account is a cgroup that counts the CPU time of all that a peer runs: its shims, what
// they start, and the containers, whose cgroups are below it.
type account struct {
	cgroup string // its path, from where the hierarchies are mounted
	dir    string // in the one that counts
	home   string // where the bench itself is in that, on version 1
	v1     bool
}

// leaf is where the shims are: on version 2 a cgroup with controllers for those below it
// has no processes.
const leaf = "shim"

func (w *workplace) newAccount(name string) (account, error) {
	a := account{cgroup: "/" + w.Name() + "-" + name}
	mount := w.Cgroups.Unified
	for _, m := range w.Cgroups.V1 {
		if _, err := os.Stat(filepath.Join(m, "cpuacct.usage")); err == nil {
			mount, a.v1 = m, true
		}
	}
	if a.v1 {
		var err error
		if a.home, err = home(mount); err != nil {
			return a, err
		}
	}
	if mount == "" {
		return a, errors.New("no cgroup hierarchy counts CPU time")
	}
	a.dir = filepath.Join(mount, a.cgroup)
	w.Undo(func() { w.removeCgroups(a.cgroup) })
	return a, os.MkdirAll(filepath.Join(a.dir, leaf), 0o755)
}

// removeCgroups removes a cgroup from all hierarchies, and what a runtime may have left
// below it.
func (w *workplace) removeCgroups(cgroup string) {
	for _, mount := range w.Cgroups.All() {
		below, _ := filepath.Glob(filepath.Join(mount, cgroup, "*", "cgroup.procs"))
		for _, file := range below {
			w.Cgroups.Remove(filepath.Join(cgroup, filepath.Base(filepath.Dir(file))))
		}
	}
	w.Cgroups.Remove(cgroup)
}

// used returns the CPU time that was used so far.
func (a account) used() (time.Duration, error) {
	if a.v1 {
		text, err := os.ReadFile(filepath.Join(a.dir, "cpuacct.usage"))
		if err != nil {
			return 0, err
		}
		n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
		return time.Duration(n), err
	}
	text, err := os.ReadFile(filepath.Join(a.dir, "cpu.stat"))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if usec, ok := strings.CutPrefix(line, "usage_usec "); ok {
			n, err := strconv.ParseInt(strings.TrimSpace(usec), 10, 64)
			return time.Duration(n) * time.Microsecond, err
		}
	}
	return 0, fmt.Errorf("%s/cpu.stat has no usage_usec", a.dir)
}

// start starts a command in the cgroup.
func (a account) start(cmd *exec.Cmd) error {
	if !a.v1 {
		dir, err := os.Open(filepath.Join(a.dir, leaf))
		if err != nil {
			return err
		}
		defer dir.Close()
		cmd.SysProcAttr = &syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: int(dir.Fd())}
		return cmd.Start()
	}
	// Threads have cgroups of version 1 for themselves, and children those of the thread
	// that starts them.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := enter(filepath.Join(a.dir, leaf)); err != nil {
		return err
	}
	return errors.Join(cmd.Start(), enter(a.home))
}

// enter takes the calling thread into a cgroup of version 1.
func enter(cgroup string) error {
	return os.WriteFile(filepath.Join(cgroup, "tasks"), []byte("0"), 0)
}

// home returns the cgroup of this process below a mount of version 1.
func home(mount string) (string, error) {
	text, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(text)) {
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(fields) == 3 && slices.Contains(strings.Split(fields[1], ","), "cpuacct") {
			return filepath.Join(mount, fields[2]), nil
		}
	}
	return "", errors.New("/proc/self/cgroup has no cpuacct")
}

// sample is what something took.
type sample struct{ wall, cpu float64 } // ms

// sampled calls f and returns what it took.
func (a account) sampled(f func() error) (sample, error) {
	before, err := a.used()
	if err != nil {
		return sample{}, err
	}
	begin := time.Now()
	if err := f(); err != nil {
		return sample{}, err
	}
	wall := time.Since(begin)
	after, err := a.used()
	return sample{wall: ms(wall), cpu: ms(after - before)}, err
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
