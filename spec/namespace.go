package spec

import (
	"slices"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// namespaceType has the kernel's names for a type of linux.namespaces.
type namespaceType struct {
	name specs.LinuxNamespaceType
	flag uintptr
	file string
}

var namespaceTypes = [...]namespaceType{
	{name: specs.CgroupNamespace, flag: unix.CLONE_NEWCGROUP, file: "cgroup"},
	{name: specs.IPCNamespace, flag: unix.CLONE_NEWIPC, file: "ipc"},
	{name: specs.MountNamespace, flag: unix.CLONE_NEWNS, file: "mnt"},
	{name: specs.NetworkNamespace, flag: unix.CLONE_NEWNET, file: "net"},
	{name: specs.PIDNamespace, flag: unix.CLONE_NEWPID, file: "pid"},
	{name: specs.TimeNamespace, flag: unix.CLONE_NEWTIME, file: "time"},
	{name: specs.UserNamespace, flag: unix.CLONE_NEWUSER, file: "user"},
	{name: specs.UTSNamespace, flag: unix.CLONE_NEWUTS, file: "uts"},
}

// Namespace returns the CLONE_NEW flag of a namespace type and the name of its
// file in /proc/<pid>/ns.
func Namespace(t specs.LinuxNamespaceType) (flag uintptr, file string, ok bool) {
	if n := findNamespace(t); n != nil {
		return n.flag, n.file, true
	}
	return 0, "", false
}

func findNamespace(t specs.LinuxNamespaceType) *namespaceType {
	for i := range namespaceTypes {
		if namespaceTypes[i].name == t {
			return &namespaceTypes[i]
		}
	}
	return nil
}

// hasNamespace reports whether a configuration asks for a namespace of this
// type, new or joined. Otherwise the container inherits the runtime's.
func hasNamespace(s *specs.Spec, t specs.LinuxNamespaceType) bool {
	if s.Linux == nil {
		return false
	}
	for _, n := range s.Linux.Namespaces {
		if n.Type == t {
			return true
		}
	}
	return false
}

// FindNamespace returns the index in linux.namespaces of the only entry of a
// type, or -1.
func FindNamespace(s *specs.Spec, t specs.LinuxNamespaceType) int {
	if s.Linux == nil {
		return -1
	}
	return slices.IndexFunc(s.Linux.Namespaces, func(ns specs.LinuxNamespace) bool { return ns.Type == t })
}

// NewNamespace reports whether the container gets a new namespace of this type,
// and not the caller's or one given by path.
func NewNamespace(s *specs.Spec, t specs.LinuxNamespaceType) bool {
	i := FindNamespace(s, t)
	return i >= 0 && s.Linux.Namespaces[i].Path == ""
}

// JoinsNamespace reports whether the container enters a namespace of this type
// by path.
func JoinsNamespace(s *specs.Spec, t specs.LinuxNamespaceType) bool {
	i := FindNamespace(s, t)
	return i >= 0 && s.Linux.Namespaces[i].Path != ""
}
