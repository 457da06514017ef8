package compile

import (
	"github.com/oci-rt/rt/libcontainer/cgroup"
	"github.com/oci-rt/rt/libcontainer/mount"
)

// Host is what a program depends on besides its configuration.
type Host struct {
	Facts
	Cgroup *cgroup.Config
	// RootCopy is for a host whose root cannot be changed, or nil.
	RootCopy *mount.RootCopy
}

// Facts is what a program depends on besides the configuration: properties of
// the kernel and of the calling process.
type Facts struct {
	// Arch is the machine's architecture, as Go names it.
	Arch string
	// LastCap is the highest capability of this kernel.
	LastCap uint
	// Available has a bit for each capability that the calling process can pass
	// on: those in its permitted set that are in its bounding set, too.
	Available uint64
	// OrdinaryUser says that the calling process is not root, not even the root
	// of a user namespace.
	OrdinaryUser bool
	// InUserNamespace says that the calling process is in a user namespace
	// other than the host's, so that it is not the host's root.
	InUserNamespace bool
}
