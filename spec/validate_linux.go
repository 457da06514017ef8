package spec

import (
	"maps"
	"slices"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
)

func (v *validator) namespaces() {
	first := map[specs.LinuxNamespaceType]int{}
	for i, n := range v.linux.Namespaces {
		at := func(field string) string { return index("linux.namespaces", i, field) }
		if findNamespace(n.Type) == nil {
			v.unknown(at("type"), string(n.Type), strings.Join(namespaceNames(), ", "))
		}
		if n.Path != "" {
			v.absolute(at("path"), n.Path)
		}
		if j, again := first[n.Type]; again && n.Type != "" {
			v.faults.addf(at("type"), "each type once", "is %q again (first: linux.namespaces[%d])", n.Type, j)
			continue
		}
		first[n.Type] = i
	}
}

// sysctl checks that every parameter belongs to a namespace of the container,
// new or joined, and not to the whole host. The runtime, which knows the host,
// checks that a joined namespace is not the host's after all.
func (v *validator) sysctl() {
	for _, key := range slices.Sorted(maps.Keys(v.linux.Sysctl)) {
		if want, problem := v.sysctlFault(SysctlPath(key)); problem != "" {
			v.faults.add(member("linux.sysctl", key), want, problem)
		}
	}
}

func (v *validator) sysctlFault(p string) (want, problem string) {
	for component := range strings.SplitSeq(p, "/") {
		if component == "" || component == "." || component == ".." {
			return "a name like net.ipv4.ip_forward", "is not the name of a parameter"
		}
	}
	if p == "kernel/hostname" {
		return "the property hostname", "is set by a property of its own"
	}
	ns := sysctlNamespace(p)
	switch {
	case ns == "":
		return "net.*, user.*, fs.mqueue.*, kernel.domainname, or kernel.msg*, sem and shm*", "is not separate for each container"
	case !hasNamespace(v.spec, ns):
		return string(ns) + " in linux.namespaces", "would change the host's"
	}
	return "", ""
}

// sysctlNamespace returns the type of namespace that has its own value of the
// parameter at p, below /proc/sys, or "" if there is none.
func sysctlNamespace(p string) specs.LinuxNamespaceType {
	switch {
	case strings.HasPrefix(p, "net/"):
		return specs.NetworkNamespace
	case strings.HasPrefix(p, "fs/mqueue/"):
		return specs.IPCNamespace
	case strings.HasPrefix(p, "user/"):
		return specs.UserNamespace // namespaces(7)
	}
	switch p {
	case "kernel/msgmax", "kernel/msgmnb", "kernel/msgmni", "kernel/sem",
		"kernel/shmall", "kernel/shmmax", "kernel/shmmni", "kernel/shm_rmid_forced":
		return specs.IPCNamespace
	case "kernel/domainname":
		return specs.UTSNamespace
	}
	return ""
}
