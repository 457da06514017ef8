package cgroup

import (
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/oci-rt/rt/internal/linux"
	"github.com/oci-rt/rt/libcontainer/program"
	"golang.org/x/sys/unix"
)

// CanCloneInto reports whether a process can be started in the container's
// cgroup: see Dir.
func (c *Config) CanCloneInto() bool { return c.unified() != nil && !c.Inherited }

// Dir opens the container's cgroup for CLONE_INTO_CGROUP (Linux 5.7), or
// returns nil if there is no unified hierarchy. On a hybrid host the clone
// covers the unified hierarchy only.
func (c *Config) Dir() (*os.File, error) {
	if !c.CanCloneInto() {
		return nil, nil
	}
	h := c.unified()
	fd, err := linux.Open(h.Dir(), unix.O_PATH|unix.O_DIRECTORY, 0)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), h.Dir()), nil
}

// JoinSteps makes the init enter the container's v1 cgroups. On v2 it does
// nothing, because the init was started in its cgroup.
//
// It writes 0, itself, to "tasks" of each hierarchy. A single thread that
// moves itself needs none of cgroup_threadgroup_rwsem, for which every other
// way of moving a process stops all forks and exits of the system and waits
// for an RCU grace period (Linux 5.5, commit 9a3284fad42f). The init is
// single-threaded, so "tasks" moves all of it. On an idle host that takes 0.15
// ms for nine hierarchies, and moving the process from outside 1.2 ms
// (medians); when others have just taken the lock there is hardly a
// difference. TestJoinPremise holds the premise.
func (c *Config) JoinSteps(b *program.Builder) {
	if c.Inherited {
		return
	}
	for i := range c.Hierarchies {
		if h := &c.Hierarchies[i]; !h.unified() {
			h.join(b, "tasks")
		}
	}
}

// JoinAllSteps is JoinSteps for an init that could not be started in its cgroup
// of the unified hierarchy. The creator could move it ([Config.Add]), but not
// before it goes on to make its cgroup namespace.
func (c *Config) JoinAllSteps(b *program.Builder) {
	if h := c.unified(); h != nil && !c.Inherited {
		// cgroup.threads, the "tasks" of v2, moves within a threaded subtree
		// only (cgroups(7)).
		h.join(b, "cgroup.procs")
	}
	c.JoinSteps(b)
}

func (h *Hierarchy) join(b *program.Builder, file string) {
	b.At("linux.cgroupsPath", h.Dir())
	b.Doing("join the %s cgroup", h.name())
	fd := b.Openat(program.Cwd, h.Dir()+"/"+file, unix.O_WRONLY).Result(file)
	b.Write(fd, "0")
	b.Close(fd)
}

// Add moves a process into the container's cgroups. It is for processes that
// cannot be started there and cannot join by themselves.
func (c *Config) Add(pid int) error {
	for i := range c.Hierarchies {
		if err := addTo(c.Hierarchies[i].Dir(), pid); err != nil {
			return fmt.Errorf("linux.cgroupsPath: join process %d: %w", pid, err)
		}
	}
	return nil
}

// addTo moves a process into one cgroup. A process that is just being forked
// cannot be moved yet: EINVAL.
func addTo(dir string, pid int) error {
	delay := time.Millisecond
	for {
		err := linux.WriteValues(dir+"/cgroup.procs", strconv.Itoa(pid))
		if !isErrno(err, unix.EINVAL) || delay > 100*time.Millisecond {
			return err
		}
		time.Sleep(delay)
		delay *= 2
	}
}
