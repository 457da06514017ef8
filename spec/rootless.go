package spec

import (
	"slices"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// Rootless returns the configuration that `rt spec --rootless` writes: the
// default one, changed so that the user with these ids may run it, in a user
// namespace where that user is root.
//
// The network stays the host's. A user namespace may not mount the sysfs of
// that network, so /sys is the host's too. No group but the user's own is
// mapped. There are no limits, because they need a cgroup of the user's own.
func Rootless(uid, gid uint32) *specs.Spec {
	s := Default()
	s.Linux.Namespaces = slices.DeleteFunc(s.Linux.Namespaces, func(n specs.LinuxNamespace) bool {
		return n.Type == specs.NetworkNamespace
	})
	s.Linux.Namespaces = append(s.Linux.Namespaces, specs.LinuxNamespace{Type: specs.UserNamespace})
	s.Linux.UIDMappings = []specs.LinuxIDMapping{{HostID: uid, Size: 1}}
	s.Linux.GIDMappings = []specs.LinuxIDMapping{{HostID: gid, Size: 1}}
	s.Linux.Resources = nil
	for i := range s.Mounts {
		rootlessMount(&s.Mounts[i])
	}
	return s
}

func rootlessMount(m *specs.Mount) {
	if m.Destination == "/sys" {
		m.Type, m.Source = "none", "/sys"
		m.Options = append([]string{"rbind"}, m.Options...)
		return
	}
	m.Options = slices.DeleteFunc(m.Options, func(o string) bool {
		return strings.HasPrefix(o, "uid=") || strings.HasPrefix(o, "gid=")
	})
}
