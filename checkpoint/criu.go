package checkpoint

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"

	"github.com/checkpoint-restore/go-criu/v8/rpc"
)

// program is the name of CRIU on the PATH.
const program = "criu"

// Version is a version of CRIU.
type Version struct {
	Major, Minor, Patch int
}

func (v Version) String() string {
	s := fmt.Sprintf("%d.%d", v.Major, v.Minor)
	if v.Patch != 0 {
		s += fmt.Sprintf(".%d", v.Patch)
	}
	return s
}

// oldest is the first version that knows all that is asked of it: external pid
// namespaces (3.15), status-ready (3.15) and lsm-mount-context (3.16).
var oldest = Version{Major: 3, Minor: 16}

// noLocks is the first version that can leave out network locks.
var noLocks = Version{Major: 3, Minor: 18}

// check refuses what this version does not know, and would not name.
func (c *CRIU) check(r *request) error {
	if r.NetworkLock == rpc.CriuNetworkLockMethod_SKIP && c.Version.before(noLocks) {
		return &OptionError{"NetworkLock", fmt.Errorf("skip needs criu %v or newer, and this is %v", noLocks, c.Version)}
	}
	return nil
}

func (v Version) before(other Version) bool {
	return v.Major < other.Major || v.Major == other.Major && v.Minor < other.Minor
}

// CRIU is the installed CRIU.
type CRIU struct {
	Version Version
	path    string
}

// Path returns where the program is.
func (c *CRIU) Path() string { return c.path }

// Find finds CRIU, and refuses one that is too old.
func Find(ctx context.Context) (*CRIU, error) {
	path, err := exec.LookPath(program)
	if err != nil {
		return nil, ErrMissing
	}
	if os.Geteuid() != 0 {
		return nil, errors.New("checkpoint and restore need root, because they read and create processes of all users")
	}
	c := &CRIU{path: path}
	if c.Version, err = c.askVersion(ctx); err != nil {
		return nil, fmt.Errorf("%s: ask for its version: %w", path, err)
	}
	if c.Version.before(oldest) {
		return nil, fmt.Errorf("%s is version %v: checkpoint and restore need %v or newer", path, c.Version, oldest)
	}
	return c, nil
}
