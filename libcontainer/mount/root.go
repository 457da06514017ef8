// Package mount turns the file systems of a container into steps: its root, the
// mounts of config.json, masked and read-only paths, and the change of root.
//
// The rootfs is hostile: the author of the image chose its symbolic links, and
// another container that shares a volume may change them at any time. So all
// steps use descriptors. A path below the root is resolved once, by openat2(2)
// with RESOLVE_IN_ROOT, and the resulting descriptor is mounted on
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
	// the mounts stay for others that share it, the root is entered with
	// chroot(2), and the process that deletes the container unmounts Path.
	OwnNamespace bool
	// Visible says that others that enter the mount namespace find the rootfs
	// at Path while it is being built, unless the root of a user namespace
	// builds it and may not access Path.
	Visible bool
	// UserNamespace says that the container has a user namespace of its own,
	// new or joined, whose root makes the mounts.
	UserNamespace bool
	// IDMap is the mapping of the user namespace, for mounts with the option idmap
	// and no mapping of their own.
	IDMap IDMap
	// Label is linux.mountLabel, or "". LabelType is the mount option that has
	// Label as its value.
	Label, LabelType string
	// Nested says that the runtime is in a user namespace, so that its root is
	// not the host's.
	Nested bool
	// Unprivileged says that the runtime is not the host's root, so that it can
	// do nothing to mounts outside the user namespace.
	Unprivileged bool
	// Hidden are the paths that [Root.Mask] and [Root.ReadonlyPaths] will get.
	Hidden []string
	// RootCopy is for a host whose root cannot be changed, or nil. It needs
	// OwnNamespace.
	RootCopy *RootCopy
}

// Root is the container's root file system while it is being built.
type Root struct {
	b           *program.Builder
	c           RootConfig
	fd          program.Arg
	replaced    int         // number of roots that mounts on "/" have covered
	hidden      program.Arg // for Visible in a user namespace: a word, 1 if Path is not accessible
	propagation propagation
	stat        program.Arg            // buffer for statx(2), see statxBuffer
	sources     map[int]program.Arg    // mounts that OpenSources made, by index in mounts
	staged      map[int]bool           // the mounts that are on the stage
	stage       program.Arg            // see openStage
	idMaps      []IDMap                // see IDMaps
	requests    []Request              // see Requests
	kept        map[string]program.Arg // see keep
	service     service
	modeText    modeText
	warnings    []string // see Warnings
	last        []func() // append the steps that follow when everything is mounted
}

// NewRoot returns the root of a container, which has no steps yet. They come,
// in this order, from [Root.OpenSources], [Root.Begin], the methods that mount,
// and [Root.Pivot].
func NewRoot(b *program.Builder, c RootConfig) *Root {
	return &Root{b: b, c: c, propagation: propagationOf(c.Propagation), sources: map[int]program.Arg{}, staged: map[int]bool{}, kept: map[string]program.Arg{}}
}

// Begin appends the steps that make the rootfs a mount of its own, because
// pivot_root(2) wants one:
//
//  1. cut the host's mounts off, so that nothing that follows reaches the host;
//  2. clone the rootfs, with what is mounted below it, unless OpenSources did;
//  3. mount the clone over the host's root, which the process still sees,
//     because its root is the directory below;
//  4. make it private while it is being built.
//
// In step 3 any other place would have to be found by its path, to which the
// root of a user namespace may have no access. A Visible root is mounted at its
// path where that is possible.
//
// Preconditions: the process is in the container's namespaces.
func (r *Root) Begin() {
	if !r.c.OwnNamespace {
		r.mountInPlace()
		return
	}
	b := r.b
	switch {
	case r.stage != program.Null:
		b.At("root.path", r.c.Path)
		b.Doing("take the rootfs from the stage")
		r.fd = r.fromStage(stagedRoot)
	case r.fd == program.Null:
		r.isolate()
		r.cloneRootfs()
	}
	b.At("root.path", r.c.Path)
	b.Doing("mount the rootfs")
	under := r.openUnder()
	b.MoveMount(r.fd, under)
	b.Close(under)
	r.makePrivate()
}

// openUnder opens the directory that the rootfs is mounted over.
func (r *Root) openUnder() program.Arg {
	b, fd := r.b, r.b.NewSlot("below the rootfs")
	open := func(path string) *program.Call {
		return b.Openat(program.Cwd, path, unix.O_PATH|unix.O_DIRECTORY).ResultIn(fd)
	}
	switch {
	case !r.c.Visible:
		open("/")
	case !r.c.UserNamespace:
		open(r.c.Path)
	default:
		denied, done := b.NewLabel(), b.NewLabel()
		r.hidden = b.Buffer(8)
		open(r.c.Path).On(unix.EACCES, denied)
		b.Jump(done)
		b.Bind(denied)
		b.Store(r.hidden, program.Imm(1))
		open("/")
		b.Bind(done)
	}
	return fd.Arg()
}

// mountInPlace mounts the rootfs on itself, in a namespace that others share:
// the rootfs must be found there, and the root of the others must not change.
func (r *Root) mountInPlace() {
	b := r.b
	b.At("root.path", r.c.Path)
	b.Doing("open the rootfs")
	under := b.Openat(program.Cwd, r.c.Path, unix.O_PATH|unix.O_DIRECTORY).Result("rootfs below")
	b.Doing("mount the rootfs on itself")
	r.fd = clone(b, under, true, "root")
	b.MoveMount(r.fd, under)
	b.Close(under)
	r.makePrivate()
}

// cloneRootfs makes the detached mount that becomes the container's root.
func (r *Root) cloneRootfs() {
	r.b.At("root.path", r.c.Path)
	r.b.Doing("open the rootfs")
	r.fd = openTree(r.b, program.Cwd, r.c.Path, true, "root")
}

// FD returns an O_PATH descriptor of the root directory. After a mount onto "/"
// it is a different one.
func (r *Root) FD() program.Arg { return r.fd }

// inRoot returns p as a path relative to the root: "." for the root itself.
func inRoot(p string) string {
	if p = path.Clean("/" + p); p != "/" {
		return p[1:]
	}
	return "."
}
