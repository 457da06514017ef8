package libcontainer

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// makeCgroup makes the container's cgroup.
//
// A runtime that is not the host's root can only do so where an administrator
// delegated a cgroup to it. Without, a container runs in the runtime's own
// cgroup, as under runc, unless the configuration asks for a limit or for a
// certain cgroup: then it is an error.
func (b *birth) makeCgroup() error {
	if b.state.Cgroup.Scope != nil {
		return nil // it comes with its first process: see enterScope
	}
	res := resources(b.cfg.Spec)
	err := b.state.Cgroup.Create(res)
	switch {
	case err == nil:
		return b.delegateCgroup()
	case !notPermitted(err) || !b.store.Rootless.Is():
		return err
	case cgroupsPath(b.cfg.Spec) != "" || limited(res):
		return fmt.Errorf("%w (rt does not run as the host's root: an administrator has to delegate a cgroup to it, "+
			"or linux.cgroupsPath and the limits of linux.resources have to go)", err)
	}
	return b.state.Cgroup.Inherit()
}

// delegateCgroup gives the container its cgroup if it is to have that.
func (b *birth) delegateCgroup() error {
	uid, ok := spec.CgroupOwner(b.cfg.Spec)
	if !ok || int(uid) == os.Geteuid() {
		return nil
	}
	return b.state.Cgroup.Delegate(uid)
}

// notPermitted tells the errors of somebody else's cgroup file system.
func notPermitted(err error) bool {
	return errors.Is(err, fs.ErrPermission) || errors.Is(err, unix.EROFS)
}

// Rootless says whether the runtime is an ordinary user of the host, be it as
// root of a user namespace.
type Rootless int

const (
	RootlessAuto Rootless = iota // found out
	RootlessYes
	RootlessNo
)

// Is reports whether it is.
func (r Rootless) Is() bool {
	switch r {
	case RootlessYes:
		return true
	case RootlessNo:
		return false
	}
	return os.Geteuid() != 0 || inUserNamespace()
}

// limited reports whether resources ask for more than access to devices, which
// an ordinary user does not have anyway.
func limited(res *specs.LinuxResources) bool {
	if res == nil {
		return false
	}
	return res.Memory != nil || res.CPU != nil || res.Pids != nil || res.BlockIO != nil ||
		len(res.HugepageLimits) > 0 || res.Network != nil || len(res.Rdma) > 0 || len(res.Unified) > 0
}
