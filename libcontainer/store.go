package libcontainer

import (
	"github.com/oci-rt/rt/libcontainer/state"
)

// Store is the directory that holds one directory for each container.
//
// The flock on a container's directory serialises what changes the container:
// create, start and delete. Readers do not lock: the state file is replaced
// as a whole.
type Store struct {
	Root string // absolute path
	// Warn is told of what went wrong and is no error of the command: hooks
	// that failed when their container was gone already. It may be nil.
	Warn func(error)
	// Debug is told what is done, in order. It may be nil.
	Debug func(format string, args ...any)
	// Rootless says what kind of user the runtime is.
	Rootless Rootless
	// SystemdCgroup lets systemd make the cgroups of new containers. Those that
	// exist know what made theirs.
	SystemdCgroup bool
	// InheritCgroup makes no cgroups for new containers: they stay in those of
	// the runtime, and what linux.resources wants is warned of (Podman's
	// --cgroups=disabled).
	InheritCgroup bool
}

// IDs lists the ids of the containers in the store, sorted, also of those that are
// being made or deleted. A root directory that does not exist holds none.
func (s Store) IDs() ([]string, error) { return state.IDs(s.Root) }
