package mount

import (
	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// OpenSources appends the steps that must come before the process enters its
// namespaces. Usually there are none, because sources are opened when they are
// needed, so that few descriptors are open at a time. There are two exceptions.
//
// The root of a user namespace may have no access to the rootfs and the sources
// of bind mounts, which are host paths. So the host's root clones them, and
// puts the clones on a stage, from where they are mounted later.
//
// With the rootfsPropagation shared, bind mounts stay in the peer groups of
// their sources. They are cloned first, because the mounts of the new namespace
// leave the peer groups: see isolate.
//
// Preconditions: the process is in the runtime's mount namespace, or in the
// container's new one if there is no user namespace.
func (r *Root) OpenSources(mounts []specs.Mount, bundle string) error {
	switch {
	case !r.c.OwnNamespace:
		return nil
	case r.c.UserNamespace && !r.c.Unprivileged:
		r.copyNamespace()
		r.cloneRootfs()
		r.openStage()
		defer r.enterStage()
	case r.propagation.peers && !r.c.UserNamespace:
	default:
		return nil
	}
	return r.openBinds(mounts, bundle)
}

// copyNamespace makes a mount namespace in which the sources are cloned.
//
// All its mounts are slaves, because what a container mounts in a clone must
// not show up on the host. The kernel makes them slaves when it copies a
// namespace for another user namespace (CL_SHARED_TO_SLAVE), but not when it
// clones mounts.
//
// Also, a copied namespace lacks the files that keep mount namespaces alive (as
// snapd has them). A clone with such a file could not be mounted: move_mount(2)
// fails with ELOOP if a namespace would then hold an older one.
func (r *Root) copyNamespace() {
	b := r.b
	b.At("", "")
	b.Doing("make a mount namespace to open the sources of mounts in")
	b.Unshare(unix.CLONE_NEWNS)
	if r.c.RootCopy != nil {
		r.rootCopy()
	} else {
		r.makeSlaves()
	}
}

// openBinds clones the source of every bind mount. It also makes the file
// systems whose ids are mapped, which the root of the user namespace could not
// do.
func (r *Root) openBinds(mounts []specs.Mount, bundle string) error {
	for i := range mounts {
		e, err := NewEntry(i, &mounts[i])
		if err != nil {
			return err
		}
		switch {
		case e.Options.Remount:
		case e.Options.Bind:
			source := spec.BindSource(bundle, e.Source)
			if _, within := spec.BelowRootfs(r.c.Path, source); within {
				continue // it is opened when the mounts before it are there
			}
			mount := r.cloneSource(e, source)
			r.mapIDs(e, mount)
			r.keepSource(i, mount)
		case e.IDMapped:
			r.sources[i] = r.NewFS(e.writable(), e.Type, e.Source)
		}
	}
	return nil
}

// cloneSource clones the mount at a path of the host.
func (r *Root) cloneSource(e *Entry, source string) program.Arg {
	e.Doing(r.b, "open the source %s", source)
	return openTree(r.b, program.Cwd, source, e.Options.Recursive, "clone")
}

// bindWithin clones what is at a path of the container, where earlier mounts
// may have put it. Links of the image cannot lead out of the root.
func (r *Root) bindWithin(e *Entry, path string) program.Arg {
	e.Doing(r.b, "open the source /%s in the rootfs", inRoot(path))
	source := r.openPath(inRoot(path), 0, inside).Result("source")
	mount := clone(r.b, source, e.Options.Recursive, "clone")
	r.b.Close(source)
	if e.IDMapped && r.c.UserNamespace {
		r.askForIDs(e, mount)
	} else {
		r.mapIDs(e, mount)
	}
	return mount
}
