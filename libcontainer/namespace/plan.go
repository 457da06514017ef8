package namespace

import (
	"slices"

	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// Plan says where each namespace of a container is made or entered.
//
// Without a user and a time namespace the clone that starts the init makes all
// new ones but the cgroup namespace. A user namespace must come before those
// that it is to own, and only the init can make it: an exec in it before its
// ids are mapped would lose all capabilities (user_namespaces(7)). A time
// namespace is entered by the children of the process that makes it. So with
// either of them the init makes the others too, by a fork.
type Plan struct {
	// Cloneflags are the CLONE_NEW flags for the clone that starts the init.
	Cloneflags uintptr
	// NewUser says that the init asks its creator to map the ids of a new user
	// namespace.
	NewUser bool
	// User says that there is a user namespace, new or joined.
	User bool
	// forks says that the init goes on in a child: see [Plan.Enter].
	forks bool

	list      []specs.LinuxNamespace
	forkflags uintptr
}

// NewPlan makes the plan for linux.namespaces.
func NewPlan(list []specs.LinuxNamespace) Plan {
	p := Plan{list: list}
	p.User = p.has(specs.UserNamespace)
	p.NewUser = p.isNew(specs.UserNamespace)
	inInit := p.User || p.has(specs.TimeNamespace)
	p.forks = inInit || p.has(specs.PIDNamespace) && !p.isNew(specs.PIDNamespace)
	if inInit {
		p.forkflags = newFlags(list)
	} else {
		p.Cloneflags = newFlags(list)
	}
	return p
}

func (p *Plan) has(t specs.LinuxNamespaceType) bool { return p.index(t) >= 0 }

func (p *Plan) isNew(t specs.LinuxNamespaceType) bool {
	i := p.index(t)
	return i >= 0 && p.list[i].Path == ""
}

// index returns the place of a type in linux.namespaces, or -1.
func (p *Plan) index(t specs.LinuxNamespaceType) int {
	return slices.IndexFunc(p.list, func(ns specs.LinuxNamespace) bool { return ns.Type == t })
}

// newFlags returns the CLONE_NEW flags of the new namespaces that a clone can
// make. The user and the time namespace have their own places in [Plan.Enter].
// The root of a cgroup namespace is the cgroup that its first process is in
// when it is made (cgroup_namespaces(7)), so it must wait until the init has
// been moved: see [Plan.UnshareCgroup].
func newFlags(list []specs.LinuxNamespace) uintptr {
	var flags uintptr
	for _, ns := range list {
		if flag, _, _ := spec.Namespace(ns.Type); ns.Path == "" {
			flags |= flag
		}
	}
	return flags &^ (unix.CLONE_NEWCGROUP | unix.CLONE_NEWUSER | unix.CLONE_NEWTIME)
}
