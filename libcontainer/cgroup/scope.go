package cgroup

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/oci-rt/rt/internal/linux"
	"github.com/oci-rt/rt/libcontainer/systemd"
	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// Scope is the unit of systemd that a container's cgroups belong to. systemd
// does not make one without a process. So [Config.StartScope] takes the place of
// Create, when the container's first process is there and waits, outside of
// its cgroups.
type Scope struct {
	Unit  string `json:"unit"`
	Slice string `json:"slice"`
	// User says that it belongs to the service manager of a user.
	User bool `json:"user,omitempty"`
	// Path is the unit's cgroup. The container's may be one below it.
	Path string `json:"path"`
}

// ErrUserScope: systemd cannot make the cgroups of an ordinary user's container.
var ErrUserScope = errors.New("an ordinary user's systemd has no controllers of cgroup v1")

// LocateScope is [Locate] for containers whose cgroups systemd makes.
// cgroupsPath is "slice:prefix:name": see systemd.ParsePlace. The container's
// cgroup is that of the scope or, if subgroup is not empty, one of this name
// below it.
func LocateScope(ctx context.Context, cgroupsPath, id string, user bool, subgroup string) (*Config, error) {
	if user && hostVersion() == 1 {
		return nil, ErrUserScope
	}
	slice := "system.slice"
	if user {
		slice = "user.slice"
	}
	p, err := systemd.ParsePlace(cgroupsPath, id, slice)
	if err != nil {
		return nil, fmt.Errorf("linux.cgroupsPath: %w", err)
	}
	path, err := unitPath(ctx, p, user)
	if err != nil {
		return nil, err
	}
	c, err := locate(func(_ ownCgroup, m *mountPoint, _ int) (string, error) {
		below, err := m.below(path)
		if err != nil {
			return "", fmt.Errorf("linux.cgroupsPath: %w", err)
		}
		return filepath.Join(below, subgroup), nil
	})
	if err != nil {
		return nil, err
	}
	c.Scope = &Scope{Unit: p.Unit, Slice: p.Slice, User: user, Path: path}
	for i := range c.Hierarchies {
		if h := &c.Hierarchies[i]; h.managed() {
			h.Parents = 0 // they are systemd's
		}
	}
	return c, nil
}

// unitPath returns the cgroup of a unit. A user's manager has units below its
// own cgroup.
func unitPath(ctx context.Context, p systemd.Place, user bool) (string, error) {
	slice, err := systemd.SlicePath(p.Slice)
	if err != nil || !user {
		return slice + "/" + p.Unit, err
	}
	m, err := systemd.Connect(ctx, true)
	if err != nil {
		return "", err
	}
	defer m.Close()
	manager, err := m.ControlGroup(ctx)
	return subdir("/", manager+slice+"/"+p.Unit), err
}

// managed reports whether systemd makes the cgroups of its units in this
// hierarchy. Of v1 it knows some controllers.
func (h *Hierarchy) managed() bool {
	if h.unified() {
		return true
	}
	for _, c := range h.Controllers {
		switch c {
		case "name=systemd", "cpu", "cpuacct", "blkio", "memory", "devices", "pids":
			return true
		}
	}
	return false
}

// StartScope makes systemd start the container's scope with the process in it,
// and does what systemd does not: the cgroups of other hierarchies, limits that
// are no properties of units, and the exact values of those that are. more are
// properties of the scope. On v1 the process is not in all cgroups then, and
// joins them ([Config.JoinSteps]).
//
// If c.Made is set, even after an error, there is a scope that [Config.Destroy]
// must stop. The process must have ended before that: as the first process of a
// pid namespace, it would ignore systemd's SIGTERM.
func (c *Config) StartScope(ctx context.Context, pid int, res *specs.LinuxResources, more []systemd.Property) error {
	devices, err := policyOf(res)
	if err != nil {
		return err
	}
	limits := limitsOf(res)
	m, err := systemd.Connect(ctx, c.Scope.User)
	if err != nil {
		return err
	}
	defer m.Close()
	list := c.scopeProperties(pid, more)
	if err := c.resourceProperties(&list, res, func() (int, error) { return m.Version(ctx) }); err != nil {
		return err
	}
	c.deviceProperties(&list, devices)
	if err := m.StartTransient(ctx, c.Scope.Unit, list); err != nil {
		return err
	}
	c.Made = true
	if err := c.completeScope(pid, limits); err != nil {
		return err
	}
	if err := c.setDevices(devices); err != nil {
		return err
	}
	return c.setLimits(limits)
}

// completeScope makes the cgroups that systemd has not made, and those that are
// there fit for the limits.
func (c *Config) completeScope(pid int, limits []limit) error {
	for i := range c.Hierarchies {
		h := &c.Hierarchies[i]
		if h.managed() && isDir(h.Dir()) {
			continue // with the process, or this is about a controller that is off
		}
		if err := h.make(new([]string)); err != nil {
			return err
		}
	}
	if err := c.refuseFrozen(); err != nil {
		return err
	}
	if h := c.unified(); h != nil && h.Path != c.Scope.Path {
		if err := addTo(h.Dir(), pid); err != nil {
			return fmt.Errorf("join process %d: %w", pid, err)
		}
		// What is missing now, a limit that needs it will tell.
		_ = passOn(h.Mount + parent(h.Path))
	}
	if c.Version == 2 {
		return c.prepareV2(limits)
	}
	if h := c.controller("cpuset"); h != nil {
		return inheritCpuset(h.Mount, h.Path)
	}
	return nil
}

// stopScope ends the scope, which systemd removes by itself when its processes
// have ended: but not if they have failed. A scope that this container has not
// got may be somebody else's of the same name.
func (c *Config) stopScope(ctx context.Context) error {
	if c.Scope == nil || !c.Made {
		return nil
	}
	return c.stopUnit(ctx)
}

func (c *Config) stopUnit(ctx context.Context) error {
	m, err := systemd.Connect(ctx, c.Scope.User)
	if err != nil {
		return err
	}
	defer m.Close()
	return m.Stop(ctx, c.Scope.Unit)
}

// forgetUnit makes systemd forget a scope that could not start because its
// process died with the creator: a failed unit would stay for good.
func (c *Config) forgetUnit(ctx context.Context) error {
	m, err := systemd.Connect(ctx, c.Scope.User)
	if err != nil {
		if systemd.IsAbsent(err) {
			return nil // nor is there a unit
		}
		return err
	}
	defer m.Close()
	return m.Forget(ctx, c.Scope.Unit)
}

// awaitCollected waits for systemd to remove the cgroups of a scope that may be that
// of an init whose creator has died: the next of the same name would be refused
// until then. To remove them here would make systemd believe for good that
// the scope is active, because it never hears that the cgroup is empty.
//
// A scope that stays has processes, in one hierarchy at least, and is somebody
// else's; or systemd has missed that the only one died while it was moved there
// (seen with systemd 257), and then the scope stays until it is stopped: abandoned.
func (c *Config) awaitCollected(ctx context.Context) (abandoned bool, err error) {
	begin := time.Now()
	for delay := time.Millisecond; ; delay = min(2*delay, 50*time.Millisecond) {
		exists, used := c.scopeInUse()
		timeout := abandonTimeout
		if used {
			timeout = orphanTimeout
		}
		if !exists || time.Since(begin) > timeout {
			return exists && !used, nil
		}
		if err := linux.Sleep(ctx, delay); err != nil {
			return false, fmt.Errorf("wait for systemd to remove the cgroups of %s: %w", c.Scope.Unit, err)
		}
	}
}

// scopeInUse reports whether there are cgroups of the scope, and processes in any.
// One that cannot be read may have some.
func (c *Config) scopeInUse() (exists, used bool) {
	for i := range c.Hierarchies {
		h := &c.Hierarchies[i]
		if !h.managed() || !isDir(h.Dir()) {
			continue
		}
		exists = true
		if pids, err := procsBelow(h.Dir()); err != nil || len(pids) > 0 {
			return true, true
		}
	}
	return exists, false
}

// Attach has systemd move a process into the container's cgroup of the unified
// hierarchy, where the calling user may not.
func (c *Config) Attach(ctx context.Context, pid int) error {
	m, err := systemd.Connect(ctx, c.Scope.User)
	if err != nil {
		return err
	}
	defer m.Close()
	below := "/"
	if h := c.unified(); h != nil {
		below = filepath.Join("/", strings.TrimPrefix(h.Path, c.Scope.Path))
	}
	return m.Attach(ctx, c.Scope.Unit, below, pid)
}
