package libcontainer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/oci-rt/rt/libcontainer/cgroup"
	"github.com/oci-rt/rt/libcontainer/state"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// deleteBadState deletes a container whose state cannot be read, for the reason
// why. The lock is held since the state was looked at. The container's processes may
// still be found, in the cgroup that the saved configuration names. It warns of what it
// does, or cannot do.
func (c *Container) deleteBadState(ctx context.Context, id string, why error) error {
	if err := c.reconstruct(ctx, id); err != nil {
		c.store.warn(fmt.Errorf("%w: if the container still runs it could not be found: %w", why, err))
		return c.dir.Remove()
	}
	where := c.state.Cgroup.Hierarchies[0].Dir()
	c.store.warn(fmt.Errorf("%w: the container is what was in the cgroup %s", why, where))
	return c.delete(ctx)
}

// reconstruct makes the state of a container from its saved configuration, as
// far as that has it.
func (c *Container) reconstruct(ctx context.Context, id string) error {
	s, err := c.dir.LoadConfig(nil)
	if err != nil {
		return err
	}
	group, err := c.store.findCgroup(ctx, s, id)
	if err != nil {
		return err
	}
	c.spec = s
	c.state = &state.State{
		ID:              id,
		OCIVersion:      s.Version,
		Annotations:     s.Annotations,
		Cgroup:          group,
		OwnPidNamespace: spec.NewNamespace(s, specs.PIDNamespace),
		Hooks:           hasHooks(s.Hooks),
	}
	if spec.IntelRdt(s) != nil {
		c.store.warn(fmt.Errorf("linux.intelRdt: the groups of container %s in resctrl are to be removed by hand", id))
	}
	return nil
}

// findCgroup returns the cgroups that a container with this configuration has.
// The store or the form of their path tells whether systemd made them.
func (s Store) findCgroup(ctx context.Context, c *specs.Spec, id string) (*cgroup.Config, error) {
	if strings.Count(spec.CgroupsPath(c), ":") == 2 && !strings.Contains(spec.CgroupsPath(c), "/") {
		s.SystemdCgroup = true
	}
	group, err := s.locateCgroup(ctx, c, id)
	if err != nil {
		return nil, err
	}
	if group.Inherited {
		return nil, errors.New("the container had no cgroup of its own")
	}
	if dir := group.Hierarchies[0].Dir(); !isDir(dir) {
		return nil, fmt.Errorf("there is no cgroup %s", dir)
	}
	group.Made = true
	return group, nil
}

func isDir(path string) bool {
	st, err := os.Stat(path)
	return err == nil && st.IsDir()
}
