package libcontainer

import (
	"maps"
	"strconv"

	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// minStartPids is the lowest limit of processes that a container has until its
// init is ready. The init is in its cgroup before it forks into its namespaces,
// and runs helpers there.
const minStartPids = 16

// startResources returns the limits that the container has until its init is
// ready, and the limits that it gets then, or nil if they are the same.
func startResources(s *specs.Spec) (now, ready *specs.LinuxResources) {
	now = spec.Resources(s)
	if now == nil {
		return nil, nil
	}
	ready = &specs.LinuxResources{}
	copied := *now
	if p := now.Pids; p != nil && p.Limit != nil && 0 <= *p.Limit && *p.Limit < minStartPids {
		ready.Pids = p
		room := int64(minStartPids)
		copied.Pids = &specs.LinuxPids{Limit: &room}
	}
	// A value that is not a number is left to the kernel, which refuses it.
	const file = "pids.max"
	if n, err := strconv.Atoi(now.Unified[file]); err == nil && 0 <= n && n < minStartPids {
		ready.Unified = map[string]string{file: now.Unified[file]}
		copied.Unified = maps.Clone(now.Unified)
		copied.Unified[file] = strconv.Itoa(minStartPids)
	}
	if ready.Pids == nil && ready.Unified == nil {
		return now, nil
	}
	return &copied, ready
}

// limitReady sets the limits that had to wait for the init to be ready. No
// program of the container has run yet.
func (b *newContainer) limitReady() error {
	_, ready := startResources(b.cfg.Spec)
	if ready == nil || b.state.Cgroup.Inherited {
		return nil
	}
	return b.state.Cgroup.Update(b.ctx, ready, nil)
}
