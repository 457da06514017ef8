// Package mount turns the file systems of a container into steps: its root,
// the mounts of config.json, masked and read-only paths, and the change of
// root.
//
// The rootfs is hostile: whoever made the image chose its symbolic links, and
// another container that shares a volume may change them at any time. So all
// steps go by descriptor. A path below the root is resolved once, by
// openat2(2) with RESOLVE_IN_ROOT, and what comes out is what gets mounted on
// (CVE-2019-19921, CVE-2021-30465, CVE-2024-45310). The host's own paths, as
// config.json gives them, are trusted.
//
// All of this runs before the change of root, with the host's file systems
// still in place, and assumes a umask of 0.
package mount

import (
	"path"

	"github.com/oci-rt/rt/libcontainer/program"
	"golang.org/x/sys/unix"
)

// RootConfig says what the container's root is.
type RootConfig struct {
	Path        string // absolute, on the host
	Readonly    bool   // root.readonly
	Propagation string // linux.rootfsPropagation, "" if there is none
	// OwnNamespace says that the mount namespace is new, so that its copy of
	// the host's mounts may be changed. Otherwise it is inherited or joined:
	// then the mounts stay for whoever shares it, the root is entered with
	// chroot(2), and whoever deletes the container unmounts Path.
	OwnNamespace bool
}

// Root is the container's root file system while it is being built.
type Root struct {
	b           *program.Builder
	c           RootConfig
	fd          program.Arg
	propagation propagation
	stat        program.Arg // buffer for statx(2), see statxBuffer
}

// NewRoot appends the steps that make the rootfs a mount of its own:
//
//  1. cut the host's mounts off, so that nothing that follows reaches the host;
//  2. clone the rootfs, with what is mounted below it;
//  3. mount the clone over the rootfs, because pivot_root(2) wants a mount;
//  4. make it private while it is being built.
func NewRoot(b *program.Builder, c RootConfig) *Root {
	r := &Root{b: b, c: c, propagation: propagationOf(c.Propagation)}
	b.At("root.path", c.Path)
	b.Doing("open the rootfs")
	under := b.Openat(program.Cwd, c.Path, unix.O_PATH|unix.O_DIRECTORY).Result("rootfs below")

	r.isolate(under)
	b.At("root.path", c.Path)
	b.Doing("mount the rootfs on itself")
	r.fd = clone(b, under, true, "root")
	b.MoveMount(r.fd, under)
	b.Close(under)
	r.makePrivate()
	return r
}

// FD returns an O_PATH descriptor of the root directory. After a mount onto
// "/" it is another one.
func (r *Root) FD() program.Arg { return r.fd }

// inRoot returns p as a path relative to the root: "." for the root itself.
func inRoot(p string) string {
	if p = path.Clean("/" + p); p != "/" {
		return p[1:]
	}
	return "."
}
