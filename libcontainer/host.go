package libcontainer

import (
	"fmt"

	"github.com/oci-rt/rt/internal/linux"
	"github.com/oci-rt/rt/internal/mountinfo"
	"github.com/oci-rt/rt/libcontainer/cgroup"
	"github.com/oci-rt/rt/libcontainer/mount"
)

// Host is what a program depends on besides its configuration.
type Host struct {
	Facts
	Cgroup *cgroup.Config
	// StandIn is for a host whose root cannot be changed, or nil.
	StandIn *mount.StandIn
}

// host returns what the program of a new container depends on.
func (cfg *Config) host(group *cgroup.Config) (Host, error) {
	h := Host{Facts: gatherFacts(), Cgroup: group}
	if !cfg.NoPivot {
		return h, nil
	}
	text, err := linux.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return h, fmt.Errorf("--no-pivot: %w", err)
	}
	h.StandIn = &mount.StandIn{Host: mountinfo.Parse(string(text))}
	return h, nil
}
