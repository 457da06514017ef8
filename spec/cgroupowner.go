package spec

import (
	"slices"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// CgroupOwner returns the host's user who is to own the container's cgroup, so
// that its processes may make cgroups in it: the user of the container's
// process (config-linux.md, "Cgroup ownership"). There is an owner only if the
// container has a new cgroup namespace, and its own cgroups are mounted at
// /sys/fs/cgroup and not read-only. And the user must be known, which is not so
// in a user namespace that is joined without its mapping in the configuration.
func CgroupOwner(s *specs.Spec) (uid uint32, ok bool) {
	if s.Linux == nil || s.Process == nil || !newNamespace(s, specs.CgroupNamespace) || !mountsOwnCgroups(s.Mounts) {
		return 0, false
	}
	uid = s.Process.User.UID
	if !hasNamespace(s, specs.UserNamespace) {
		return uid, true
	}
	for _, m := range s.Linux.UIDMappings {
		if m.ContainerID <= uid && uid-m.ContainerID < m.Size {
			return m.HostID + uid - m.ContainerID, true
		}
	}
	return 0, false
}

// newNamespace reports whether the container gets a namespace of its own.
func newNamespace(s *specs.Spec, t specs.LinuxNamespaceType) bool {
	return slices.ContainsFunc(s.Linux.Namespaces, func(n specs.LinuxNamespace) bool { return n.Type == t && n.Path == "" })
}

// mountsOwnCgroups reports whether the last mount on /sys/fs/cgroup is a
// writable one of the container's own cgroups.
func mountsOwnCgroups(mounts []specs.Mount) bool {
	for _, m := range slices.Backward(mounts) {
		if m.Destination == "/sys/fs/cgroup" {
			return m.Source == "cgroup" && !slices.Contains(m.Options, "ro")
		}
	}
	return false
}
