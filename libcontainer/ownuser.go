package libcontainer

import (
	"slices"

	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// stayInUserNamespace returns the configuration without a user namespace to
// join that the runtime is in already: setns(2) refuses to enter that again,
// and to stay in it is what the setting asks for. Such a path comes from an
// engine that shares the namespaces of a container which has no user namespace
// of its own (podman run --userns=container:ID).
func stayInUserNamespace(s *specs.Spec) *specs.Spec {
	i := spec.FindNamespace(s, specs.UserNamespace)
	if i < 0 || s.Linux.Namespaces[i].Path == "" {
		return s
	}
	// What is wrong with a path is for the step to say that joins it.
	if other, err := differ(s.Linux.Namespaces[i].Path, "/proc/self/ns/user"); other || err != nil {
		return s
	}
	s, linux := new(*s), new(*s.Linux)
	linux.Namespaces = slices.Delete(slices.Clone(linux.Namespaces), i, i+1)
	s.Linux = linux
	return s
}
