package check

import (
	"path"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// What a configuration can give away is known here only. Package plan marks the same.

// CapabilityAllows says what a capability allows on the host that engines do not give
// by default, or "" for the others.
func CapabilityAllows(name string) string {
	for _, s := range strongCapabilities {
		if s.name == name {
			return s.allows
		}
	}
	return ""
}

// SocketOwner returns whose socket is at a path of the host, if whoever connects to it
// can do on the host what the owner can, or "".
func SocketOwner(p string) string { return socketOwner(shortest(p)) }

// IsHostDirectory reports whether a path is a directory that the host depends on, and
// of which a mount is a way to the host.
func IsHostDirectory(p string, readonly bool) bool {
	p = shortest(p)
	for _, d := range hostDirs {
		if p == d.path || d.below && within(p, d.path) {
			return !readonly || d.readonly == Warning
		}
	}
	return false
}

// Uncovered returns the paths in /proc and /sys that every engine masks or makes
// read-only, and that a configuration does not: those that the container sees, and
// those that it can write to.
func Uncovered(s *specs.Spec) (visible, writable []string) {
	c := newChecker(s, nil)
	return c.visible(), c.writable()
}

// shortest returns the shortest path of a file on hosts that are laid out as usual.
func shortest(p string) string {
	p = path.Clean(p)
	if within(p, "/var/run") {
		p = strings.TrimPrefix(p, "/var")
	}
	return p
}
