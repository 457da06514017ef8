package spec

import (
	"slices"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// CgroupOwner returns the user of the host whom the container's cgroup is to
// belong to, so that its processes may make cgroups in it: the one of the
// container's process (config-linux.md, "Cgroup ownership"). That is only so if
// the container has a new cgroup namespace and its own cgroups are mounted at
// /sys/fs/cgroup and not read-only; and if it is known, which it is not in a
// user namespace that is joined without telling its mapping.
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

// mountsOwnCgroups reports whether the last mount on /sys/fs/cgroup is one of
// the container's own cgroups that can be written to.
func mountsOwnCgroups(mounts []specs.Mount) bool {
	for _, m := range slices.Backward(mounts) {
		if m.Destination == "/sys/fs/cgroup" {
			return m.Source == "cgroup" && !slices.Contains(m.Options, "ro")
		}
	}
	return false
}
