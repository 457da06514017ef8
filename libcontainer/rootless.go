package libcontainer

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/oci-rt/rt/libcontainer/cgroup"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// makeCgroup makes the container's cgroup.
//
// A runtime that is not the host's root can only do so where an administrator
// delegated a cgroup to it. Otherwise the container runs in the runtime's own
// cgroup, as under runc. It is an error if the configuration asks for a limit
// or for a certain cgroup.
func (b *newContainer) makeCgroup() error {
	res, _ := startResources(b.cfg.Spec)
	switch {
	case b.state.Cgroup.Inherited:
		b.warnUnlimited(res)
		return nil
	case b.state.Cgroup.Scope != nil:
		return nil // systemd makes it with its first process: see startScope
	}
	err := b.state.Cgroup.Create(res)
	switch {
	case err == nil:
		b.warnCgroup()
		return b.delegateCgroup()
	case !notPermitted(err) || !b.store.Rootless.Is():
		return err
	case spec.CgroupsPath(b.cfg.Spec) != "" || len(limits(res)) > 0:
		return fmt.Errorf("%w (rt does not run as the host's root: an administrator has to delegate a cgroup to it, "+
			"or linux.cgroupsPath and the limits of linux.resources have to go)", err)
	}
	b.state.Cgroup, err = cgroup.Own()
	return err
}

// warnCgroup passes the warnings of the cgroup on.
func (b *newContainer) warnCgroup() {
	for _, w := range b.state.Cgroup.Warnings() {
		if b.cfg.Warn != nil {
			b.cfg.Warn(w)
		}
	}
}

// warnUnlimited warns of what a container without cgroups of its own does not
// get.
func (b *newContainer) warnUnlimited(res *specs.LinuxResources) {
	lost := limits(res)
	if res != nil && len(res.Devices) > 0 && !b.store.Rootless.Is() {
		lost = append(lost, "linux.resources.devices")
	}
	if spec.CgroupsPath(b.cfg.Spec) != "" {
		lost = append(lost, "linux.cgroupsPath")
	}
	if len(lost) > 0 && b.cfg.Warn != nil {
		b.cfg.Warn(fmt.Errorf("%s: not applied: the container has no cgroup of its own, as was asked for", strings.Join(lost, ", ")))
	}
}

// delegateCgroup makes the container's user the owner of the cgroup, if it is
// to be that.
func (b *newContainer) delegateCgroup() error {
	uid, ok := spec.CgroupOwner(b.cfg.Spec)
	if !ok || int(uid) == os.Geteuid() {
		return nil
	}
	return b.state.Cgroup.Delegate(uid)
}

// notPermitted reports whether err is one of a cgroup file system that belongs
// to somebody else.
func notPermitted(err error) bool {
	return errors.Is(err, fs.ErrPermission) || errors.Is(err, unix.EROFS)
}

// Rootless says whether the runtime is an ordinary user of the host, perhaps as
// the root of a user namespace.
type Rootless int

const (
	RootlessAuto Rootless = iota // found out from the user id and the user namespace of this process
	RootlessYes
	RootlessNo
)

// Is reports whether the runtime is an ordinary user.
func (r Rootless) Is() bool {
	switch r {
	case RootlessYes:
		return true
	case RootlessNo:
		return false
	}
	return os.Geteuid() != 0 || inUserNamespace()
}

// limits names the settings of resources that ask for more than access to
// devices, which an ordinary user does not have anyway.
func limits(res *specs.LinuxResources) (names []string) {
	if res == nil {
		return nil
	}
	for _, limit := range []struct {
		name string
		set  bool
	}{
		{"memory", res.Memory != nil},
		{"cpu", res.CPU != nil},
		{"pids", res.Pids != nil},
		{"blockIO", res.BlockIO != nil},
		{"hugepageLimits", len(res.HugepageLimits) > 0},
		{"network", res.Network != nil},
		{"rdma", len(res.Rdma) > 0},
		{"unified", len(res.Unified) > 0},
	} {
		if limit.set {
			names = append(names, "linux.resources."+limit.name)
		}
	}
	return names
}
