package libcontainer

import (
	"github.com/oci-rt/rt/internal/linux"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// surroundings finds out which of this process's surroundings change a
// configuration, except a service manager.
func surroundings(s *specs.Spec) spec.Surroundings {
	return spec.Surroundings{InUserNamespace: joinsOwnUserNamespace(s)}
}

// joinsOwnUserNamespace reports whether the user namespace that the container is
// to join is the one that this process is in. If the path is wrong, the step that
// joins the namespace reports it.
func joinsOwnUserNamespace(s *specs.Spec) bool {
	if !spec.JoinsNamespace(s, specs.UserNamespace) {
		return false
	}
	path := s.Linux.Namespaces[spec.FindNamespace(s, specs.UserNamespace)].Path
	same, err := linux.SameNamespace(path, "/proc/self/ns/user")
	return err == nil && same
}
