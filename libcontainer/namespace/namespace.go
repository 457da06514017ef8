// Package namespace compiles linux.namespaces, and the names that a UTS
// namespace holds, into steps.
//
// A new namespace is made by the clone that starts the init ([NewFlags]), but
// for the cgroup namespace ([UnshareCgroup]). One that is given by a path is
// entered by the init ([Join]).
package namespace

import (
	"fmt"

	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// NewFlags returns the CLONE_NEW flags of the namespaces that the clone of the
// init has to make. The cgroup namespace is not among them: its root is the
// cgroup that its first process is in when it is made, so it must wait until
// the init has been moved (cgroup_namespaces(7)).
func NewFlags(namespaces []specs.LinuxNamespace) uintptr {
	var flags uintptr
	for _, ns := range namespaces {
		if flag, _, _ := spec.Namespace(ns.Type); ns.Path == "" {
			flags |= flag
		}
	}
	return flags &^ unix.CLONE_NEWCGROUP
}

// UnshareCgroup makes the new cgroup namespace, if there is to be one.
//
// Preconditions: the process is in the container's cgroup.
func UnshareCgroup(b *program.Builder, namespaces []specs.LinuxNamespace) {
	for i, ns := range namespaces {
		if ns.Type == specs.CgroupNamespace && ns.Path == "" {
			b.At(path(i), "")
			b.Doing("create cgroup namespace")
			b.Unshare(unix.CLONE_NEWCGROUP)
		}
	}
}

// Hostname sets the host name of the UTS namespace. It does nothing if name
// is empty.
func Hostname(b *program.Builder, name string) {
	if name == "" {
		return
	}
	b.At("hostname", name)
	b.Doing("set host name")
	b.Sethostname(name)
}

// Domainname sets the NIS domain name of the UTS namespace. It does nothing
// if name is empty.
func Domainname(b *program.Builder, name string) {
	if name == "" {
		return
	}
	b.At("domainname", name)
	b.Doing("set domain name")
	b.Setdomainname(name)
}

// path is the JSON path of namespace i.
func path(i int) string { return fmt.Sprintf("linux.namespaces[%d]", i) }
