// Package device compiles the device nodes of a container and the links in its
// /dev into steps.
//
// Everything is made by name in a directory that was resolved inside the
// rootfs, so that a /dev of the image that is a link does not lead to the host
// (CVE-2026-41579, CVE-2026-47766).
package device

import (
	"fmt"
	"path"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// node is a device node or FIFO to make.
type node struct {
	origin       string // JSON path, or ""
	path         string // clean and absolute, in the container
	kind         uint32 // S_IFCHR, S_IFBLK or S_IFIFO
	perm         uint32
	major, minor uint32
	uid, gid     uint32
}

// defaults returns the devices that every container has (config-linux.md,
// Default Devices), without /dev/ptmx, which is a link.
func defaults() []node {
	char := func(path string, major, minor uint32) node {
		return node{path: path, kind: unix.S_IFCHR, perm: 0o666, major: major, minor: minor}
	}
	return []node{
		char("/dev/null", 1, 3),
		char("/dev/zero", 1, 5),
		char("/dev/full", 1, 7),
		char("/dev/random", 1, 8),
		char("/dev/urandom", 1, 9),
		char("/dev/tty", 5, 0),
	}
}

// nodes returns the default devices and those of linux.devices, which take
// the place of a default with the same path. A device at /dev/ptmx is left out:
// that is always the link to the container's own devpts.
func nodes(linux *specs.Linux) []node {
	var listed []node
	taken := map[string]bool{"/dev/ptmx": true}
	if linux != nil {
		for i := range linux.Devices {
			n := fromSpec(i, &linux.Devices[i])
			if n.path != "/dev/ptmx" {
				listed = append(listed, n)
				taken[n.path] = true
			}
		}
	}
	var all []node
	for _, n := range defaults() {
		if !taken[n.path] {
			all = append(all, n)
		}
	}
	return append(all, listed...)
}

// Paths returns the paths of the devices that [Create] makes or binds.
func Paths(s *specs.Spec) []string {
	if !needed(s.Mounts) {
		return nil
	}
	var paths []string
	for _, n := range nodes(s.Linux) {
		paths = append(paths, n.path)
	}
	return paths
}

// fromSpec turns linux.devices[i], which package spec has checked, into a node.
func fromSpec(i int, d *specs.LinuxDevice) node {
	n := node{
		origin: fmt.Sprintf("linux.devices[%d]", i),
		path:   path.Clean(d.Path),
		kind:   unix.S_IFCHR, // types "c" and "u"
		perm:   0o666,
		major:  uint32(d.Major),
		minor:  uint32(d.Minor),
	}
	switch d.Type {
	case "b":
		n.kind = unix.S_IFBLK
	case "p":
		n.kind, n.major, n.minor = unix.S_IFIFO, 0, 0
	}
	if d.FileMode != nil {
		n.perm = uint32(*d.FileMode) & 0o7777
	}
	if d.UID != nil {
		n.uid = *d.UID
	}
	if d.GID != nil {
		n.gid = *d.GID
	}
	return n
}

// String names the node as an error does: "c 1:3".
func (n *node) String() string {
	switch n.kind {
	case unix.S_IFIFO:
		return "p"
	case unix.S_IFBLK:
		return fmt.Sprintf("b %d:%d", n.major, n.minor)
	}
	return fmt.Sprintf("c %d:%d", n.major, n.minor)
}
