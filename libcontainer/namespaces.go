package libcontainer

import (
	"slices"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// findNamespace returns the place in linux.namespaces of the only one of a type,
// or -1.
func findNamespace(s *specs.Spec, t specs.LinuxNamespaceType) int {
	if s.Linux == nil {
		return -1
	}
	return slices.IndexFunc(s.Linux.Namespaces, func(ns specs.LinuxNamespace) bool { return ns.Type == t })
}

// ownNamespace reports whether the container gets a new namespace of this
// type, neither its caller's nor one given by path.
func ownNamespace(s *specs.Spec, t specs.LinuxNamespaceType) bool {
	i := findNamespace(s, t)
	return i >= 0 && s.Linux.Namespaces[i].Path == ""
}

// joinsNamespace reports whether the container enters a namespace of this type
// by path.
func joinsNamespace(s *specs.Spec, t specs.LinuxNamespaceType) bool {
	i := findNamespace(s, t)
	return i >= 0 && s.Linux.Namespaces[i].Path != ""
}
