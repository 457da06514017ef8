package cgroup

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/oci-rt/rt/internal/linux"
	"golang.org/x/sys/unix"
)

// freezeTimeout bounds the wait for processes to freeze: one in
// uninterruptible sleep does not.
const freezeTimeout = 10 * time.Second

// killFreezeTimeout is the bound when the processes are to be killed anyway.
const killFreezeTimeout = 2 * time.Second

// freezer is the one control file that freezes and thaws a cgroup, and what
// is written to and read from it.
type freezer struct {
	state, freeze, thaw string
	// requested holds 1 if the cgroup itself was frozen, not one above it.
	requested string
	// isFrozen reports whether all processes are frozen.
	isFrozen func() (bool, error)
}

// freezer returns the v1 freezer of a v1 host and the v2 one otherwise.
func (c *Config) freezer() (*freezer, error) {
	if c.Inherited {
		return nil, errors.New("the container has no cgroup of its own to freeze")
	}
	if h := c.controller("freezer"); h != nil {
		state := h.Dir() + "/freezer.state"
		return &freezer{state, "FROZEN", "THAWED", h.Dir() + "/freezer.self_freezing", func() (bool, error) {
			content, err := readFile(state)
			return strings.TrimSpace(content) == "FROZEN", err
		}}, nil
	}
	if h := c.unified(); h != nil {
		state := h.Dir() + "/cgroup.freeze"
		return &freezer{state, "1", "0", state, func() (bool, error) { return allFrozen(h.Dir()) }}, nil
	}
	return nil, errors.New("the host has no freezer cgroup controller")
}

// FreezerDir returns the directory with the file that freezes the container, or
// "" if there is none.
func (c *Config) FreezerDir() string {
	f, err := c.freezer()
	if err != nil {
		return ""
	}
	return filepath.Dir(f.state)
}

// allFrozen reports whether every process of a v2 cgroup is frozen.
func allFrozen(dir string) (bool, error) {
	content, err := readFile(dir + "/cgroup.events")
	return strings.Contains("\n"+content, "\nfrozen 1\n"), err
}

// Frozen reports whether the container is frozen or being frozen. It does not
// report that a parent cgroup is frozen.
func (c *Config) Frozen() (bool, error) {
	f, err := c.freezer()
	if err != nil {
		return false, nil
	}
	content, err := readFile(f.requested)
	return content == "1\n", ignoreGone(err)
}

// Freeze freezes all processes of the container and waits until they are
// frozen. If that takes too long, or ctx ends before, it thaws them again.
func (c *Config) Freeze(ctx context.Context) error { return c.freezeWithin(ctx, freezeTimeout) }

func (c *Config) freezeWithin(ctx context.Context, limit time.Duration) error {
	f, err := c.freezer()
	if err != nil {
		return err
	}
	if err := f.freezeAndWait(ctx, limit); err != nil {
		return errors.Join(fmt.Errorf("freeze the container: %w", err), ignoreGone(linux.WriteValues(f.state, f.thaw)))
	}
	return nil
}

// freezeAndWait writes the state again while it waits: on v1 processes that
// are forked meanwhile can escape the freezing (kernel cgroup-v1 documentation,
// freezer-subsystem).
func (f *freezer) freezeAndWait(ctx context.Context, limit time.Duration) error {
	deadline := time.Now().Add(limit)
	for delay := 50 * time.Microsecond; ; delay = min(2*delay, 20*time.Millisecond) {
		if err := linux.WriteValues(f.state, f.freeze); err != nil {
			return err
		}
		frozen, err := f.isFrozen()
		if err != nil || frozen {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("its processes are not frozen after %v: %w", limit, unix.ETIMEDOUT)
		}
		if err := linux.Sleep(ctx, delay); err != nil {
			return fmt.Errorf("wait until its processes are frozen: %w", err)
		}
	}
}

// Thaw thaws the processes of the container. It does nothing if there is no
// freezer or no cgroup.
func (c *Config) Thaw() error {
	f, err := c.freezer()
	if err != nil {
		return nil
	}
	if err := ignoreGone(linux.WriteValues(f.state, f.thaw)); err != nil {
		return fmt.Errorf("thaw the container: %w", err)
	}
	return nil
}

// thawBelow is Thaw, and thaws the cgroups that processes of the container have
// made and frozen below its own. A v1 process that is frozen does not die. The
// kernel kills those of v2 as they are (Linux 5.2).
func (c *Config) thawBelow() error {
	h := c.controller("freezer")
	if h == nil || c.Inherited {
		return c.Thaw()
	}
	err := walk(h.Dir(), func(t *tree) error { return t.write("freezer.state", "THAWED") })
	if err != nil {
		return fmt.Errorf("thaw the container: %w", err)
	}
	return nil
}

// frozenAbove reports whether a v1 cgroup above the container's is frozen, so
// that nothing in it can end.
func (c *Config) frozenAbove() bool {
	h := c.controller("freezer")
	if h == nil {
		return false
	}
	content, err := readFile(h.Dir() + "/freezer.parent_freezing")
	return err == nil && strings.TrimSpace(content) == "1"
}
