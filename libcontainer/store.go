package libcontainer

import (
	"github.com/oci-rt/rt/libcontainer/state"
)

// Store is the directory that holds one directory for each container.
//
// Commands that change a container, such as create, start and delete, hold the
// flock on its directory. Readers take no lock, because the state file is always
// replaced as a whole.
type Store struct {
	Root string // absolute path
	// Warn is told of failures that are not errors of the command, such as those
	// of hooks after their container is removed. It may be nil.
	Warn func(error)
	// Debug is told what was done, in order. It may be nil.
	Debug func(format string, args ...any)
	// Rootless says what kind of user the runtime is.
	Rootless Rootless
	// SystemdCgroup lets systemd make the cgroups of new containers. The state of
	// an existing container says what made its cgroups.
	SystemdCgroup bool
	// InheritCgroup makes no cgroups for new containers: they stay in those of
	// the runtime, and what linux.resources wants is warned of (Podman's
	// --cgroups=disabled).
	InheritCgroup bool
}

// IDs lists the ids of the containers in the store, sorted, including containers
// that are being made or deleted. If the root directory does not exist, there are
// none.
func (s Store) IDs() ([]string, error) { return state.IDs(s.Root) }
