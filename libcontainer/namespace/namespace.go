// Package namespace compiles linux.namespaces, and the names that a UTS
// namespace contains, into steps.
//
// [Plan] says which namespaces the clone that starts the init makes.
// [Plan.Enter] brings the init into the others.
package namespace

import (
	"fmt"

	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// UnshareCgroup makes the new cgroup namespace, if there is to be one.
//
// Preconditions: the process is in the container's cgroup.
func (p *Plan) UnshareCgroup(b *program.Builder) {
	if p.isNew(specs.CgroupNamespace) {
		b.At(path(p.index(specs.CgroupNamespace)), "")
		b.Doing("create cgroup namespace")
		b.Unshare(unix.CLONE_NEWCGROUP)
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
