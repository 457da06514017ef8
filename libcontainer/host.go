package libcontainer

import (
	"github.com/oci-rt/rt/internal/linux"
	"github.com/oci-rt/rt/internal/mountinfo"
	"github.com/oci-rt/rt/libcontainer/cgroup"
	"github.com/oci-rt/rt/libcontainer/compile"
	"github.com/oci-rt/rt/libcontainer/mount"
)

// host returns what the program of a new container depends on.
func (cfg *Config) host(group *cgroup.Config) (compile.Host, error) {
	h := compile.Host{Facts: gatherFacts(), Cgroup: group}
	if !cfg.NoPivot {
		return h, nil
	}
	text, err := linux.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return h, &OptionError{Option: "NoPivot", Err: err}
	}
	h.RootCopy = &mount.RootCopy{Host: mountinfo.Parse(string(text))}
	return h, nil
}
