package cgroup

import (
	"errors"
	"fmt"
	"strings"

	"github.com/oci-rt/rt/internal/linux"
	specs "github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// Create makes the container's cgroups and sets their limits, before any
// process is in them. res may be nil.
//
// A cgroup that exists already is used if it is empty. It is refused if it has
// processes, because it then belongs to somebody else, and if it is frozen,
// because the init would never run in it. After an error nothing that Create
// made is left.
//
// Success sets c.Made, which must be in the container's state before anybody
// relies on it: see there.
func (c *Config) Create(res *specs.LinuxResources) (err error) {
	devices, err := policyOf(res)
	if err != nil {
		return err
	}
	limits := limitsOf(res)
	var made []string
	defer func() {
		if err != nil {
			removeAll(made)
			c.undone = true
		}
	}()
	for i := range c.Hierarchies {
		if err := c.Hierarchies[i].make(&made); err != nil {
			return err
		}
	}
	if err := openUp(made); err != nil {
		return err
	}
	if err := c.prepare(limits); err != nil {
		return err
	}
	if err := c.setDevices(devices); err != nil {
		return err
	}
	if err := c.setLimits(limits); err != nil {
		return err
	}
	c.Made = true
	return nil
}

// prepare makes the new cgroups fit for processes and limits.
func (c *Config) prepare(limits []limit) error {
	if err := c.refuseFrozen(); err != nil {
		return err
	}
	if c.Version == 2 {
		return c.prepareV2(limits)
	}
	if h := c.controller("cpuset"); h != nil {
		return inheritCpuset(h.Mount, h.Path)
	}
	return nil
}

// make creates the hierarchy's cgroup with its parents and appends what it
// created to made. Most often the parent exists and one mkdir(2) does.
//
// Somebody may remove an empty parent between two of the calls, as
// [Config.Destroy] does. So it tries again.
func (h *Hierarchy) make(made *[]string) error {
	for range 10 {
		err := mkdir(h.Dir(), made)
		switch err {
		case nil:
			return nil
		case unix.EEXIST:
			return h.refuseInUse()
		case unix.ENOENT:
			err = h.makeParents(made)
		}
		if err != nil && err != unix.ENOENT {
			return fmt.Errorf("linux.cgroupsPath: mkdir %s: %w", h.Dir(), err)
		}
	}
	return fmt.Errorf("linux.cgroupsPath: mkdir %s: its parents keep vanishing", h.Dir())
}

func (h *Hierarchy) makeParents(made *[]string) error {
	for i, char := range h.Path {
		if i == 0 || char != '/' {
			continue
		}
		if err := mkdir(h.Mount+h.Path[:i], made); err != nil && err != unix.EEXIST {
			return err
		}
	}
	return nil
}

func mkdir(dir string, made *[]string) error {
	err := unix.Mkdir(dir, mode)
	if err == nil {
		*made = append(*made, dir)
	}
	return err
}

// mode is that of the cgroups that others make: the container's processes look into
// them.
const mode = 0o755

// openUp gives new cgroups their mode if the umask, which is the whole process's and
// not to be changed here, has taken some of it.
func openUp(made []string) error {
	var st unix.Stat_t
	if len(made) == 0 || unix.Stat(made[0], &st) == nil && st.Mode&0o777 == mode {
		return nil
	}
	for _, dir := range made {
		if err := unix.Chmod(dir, mode); err != nil {
			return fmt.Errorf("linux.cgroupsPath: chmod %s: %w", dir, err)
		}
	}
	return nil
}

// removeAll removes directories in the reverse order of their creation.
func removeAll(made []string) {
	for i := len(made) - 1; i >= 0; i-- {
		_ = unix.Rmdir(made[i])
	}
}

// refuseInUse refuses an existing cgroup that has processes.
func (h *Hierarchy) refuseInUse() error {
	pids, err := procsBelow(h.Dir())
	if err != nil {
		return fmt.Errorf("linux.cgroupsPath: %w", err)
	}
	if len(pids) > 0 {
		return fmt.Errorf("linux.cgroupsPath: container's cgroup is not empty: %d process(es) found in %s", len(pids), h.Dir())
	}
	return nil
}

// refuseFrozen refuses a cgroup that is frozen itself or through a parent.
func (c *Config) refuseFrozen() error {
	f, err := c.freezer()
	if err != nil {
		return nil
	}
	frozen, err := f.isFrozen()
	if err != nil {
		return fmt.Errorf("linux.cgroupsPath: %w", err)
	}
	if frozen {
		return errors.New("linux.cgroupsPath: container's cgroup unexpectedly frozen")
	}
	return nil
}

// inheritCpuset gives a v1 cpuset cgroup, and its parents where they have
// none, the CPUs and memory nodes of the next parent that has some. Until it
// has both no process can enter it (cpuset(7)).
func inheritCpuset(mount, path string) error {
	for _, file := range []string{"/cpuset.cpus", "/cpuset.mems"} {
		if _, err := inheritFile(mount, path, file); err != nil {
			return fmt.Errorf("linux.cgroupsPath: %w", err)
		}
	}
	return nil
}

// inheritFile returns the content of a file of a cgroup, which it takes over
// from the parent if it is empty.
func inheritFile(mount, path, file string) (string, error) {
	value, err := readFile(mount + path + file)
	if err != nil || strings.TrimSpace(value) != "" || path == "/" {
		return value, err
	}
	if value, err = inheritFile(mount, parent(path), file); err != nil {
		return "", err
	}
	return value, linux.WriteValues(mount+path+file, value)
}
