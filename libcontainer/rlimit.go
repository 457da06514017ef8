package libcontainer

import (
	"fmt"

	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// setRlimits sets the resource limits of another process. That is for an init
// in a user namespace: to raise a hard limit takes CAP_SYS_RESOURCE in the
// initial one (getrlimit(2)).
func setRlimits(pid int, limits []specs.POSIXRlimit) error {
	for i, l := range limits {
		resource, ok := spec.Rlimit(l.Type)
		if !ok {
			return fmt.Errorf("process.rlimits[%d].type: %q is unknown", i, l.Type)
		}
		limit := unix.Rlimit{Cur: l.Soft, Max: l.Hard}
		if err := unix.Prlimit(pid, resource, &limit, nil); err != nil {
			return fmt.Errorf("process.rlimits[%d] (%s): set limits %d:%d: %w", i, l.Type, l.Soft, l.Hard, err)
		}
	}
	return nil
}
