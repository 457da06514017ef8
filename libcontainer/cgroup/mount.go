package cgroup

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/oci-rt/rt/libcontainer/mount"
	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/spec"
	specs "github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// Mount appends the steps of element i of mounts, of type cgroup or cgroup2.
// It shows the container's cgroups of c at the destination.
//
// Type cgroup means the version that the host has, which is what engines that
// write it rely on. On v1 it is a tmpfs with a directory for each hierarchy,
// and links for controllers that share one.
//
// With a cgroup namespace of its own the container gets mounts whose root is
// its cgroup. Without, such a mount would show all cgroups of the host: there
// it gets bind mounts of its cgroup. Also, a new mount of cgroup2 from the
// host's namespace would reset the host's mount options.
//
// Preconditions: the init is in its cgroups, and in its cgroup namespace if
// ownNamespace is set.
func Mount(b *program.Builder, root *mount.Root, i int, m *specs.Mount, c *Config, ownNamespace bool) error {
	e, err := mount.NewEntry(i, m)
	if err != nil {
		return err
	}
	if e.Options.Bind || e.Options.Remount {
		return root.Mount(i, m, "/") // the type means nothing
	}
	// A cgroup superblock is the host's, too. Nothing is changed in it.
	e.Options.Super = nil
	if c.Version == 1 && m.Type == "cgroup" {
		return mountV1(b, root, e, c, ownNamespace)
	}
	return mountV2(b, root, e, c, ownNamespace)
}

func mountV2(b *program.Builder, root *mount.Root, e *mount.Entry, c *Config, ownNamespace bool) error {
	h := c.unified()
	if h == nil {
		return fmt.Errorf("mounts[%d].type: cgroup2 is not mounted on this host", e.Index)
	}
	var fd program.Arg
	if ownNamespace {
		fd = root.NewFS(e, "cgroup2", "cgroup")
	} else {
		fd = root.NewBind(asBind(e), h.Dir())
	}
	attach(b, root, e, fd)
	return nil
}

func attach(b *program.Builder, root *mount.Root, e *mount.Entry, fd program.Arg) {
	e.Doing(b, "find or make the mount point of %s", e.Type)
	target := root.Target(e.Destination, mount.Directory)
	e.Doing(b, "mount %s", e.Type)
	root.Attach(fd, target)
}

// Binds returns what of an element of mounts, which is of type cgroup or cgroup2,
// a restore has to make by bind mounts: sources by mount points. These are the bind
// mounts that [Mount] makes, and all mounts of v1: systemd gives its hierarchy of v1
// an option that no user namespace may repeat (release_agent, since Linux 5.17), as
// CRIU would. The cgroup's directory looks the same as its namespace's root.
func (c *Config) Binds(m *specs.Mount, ownNamespace bool) map[string]string {
	binds := map[string]string{}
	unified := c.Version == 2 || m.Type == "cgroup2"
	for i := range c.Hierarchies {
		h := &c.Hierarchies[i]
		switch {
		case h.unified() && unified && !ownNamespace:
			binds[filepath.Clean(m.Destination)] = h.Dir()
		case !h.unified() && !unified:
			binds[filepath.Join(m.Destination, h.dirName())] = h.Dir()
		}
	}
	return binds
}

// asBind returns the entry as one of a bind mount.
func asBind(e *mount.Entry) *mount.Entry {
	bind := *e
	bind.Options.Bind = true
	bind.Options.Data = nil
	return &bind
}

// mountV1 mounts the hierarchies of v1 on a tmpfs:
//
//  1. make the tmpfs with a directory or link for everything in it, make it
//     read-only if that is asked for, and mount it;
//  2. mount each hierarchy on its directory.
//
// Everything goes by the tmpfs's descriptor, whatever is at the destination.
func mountV1(b *program.Builder, root *mount.Root, e *mount.Entry, c *Config, ownNamespace bool) error {
	for _, d := range e.Options.Data {
		return fmt.Errorf("mounts[%d].options[%d]: %q is not an option of cgroup v1 mounts", e.Index, d.Index, d.Key)
	}
	const always = unix.MOUNT_ATTR_NOSUID | unix.MOUNT_ATTR_NODEV | unix.MOUNT_ATTR_NOEXEC
	e.Options.Set |= always

	e.Doing(b, "mount the tmpfs of the cgroups")
	tmpfs := newFS(b, "tmpfs", []spec.DataOption{parameter("source", "tmpfs"), parameter("mode", "755")}, always)
	for i := range c.Hierarchies {
		c.Hierarchies[i].makeMountPoint(b, tmpfs)
	}
	setAttr(b, e, tmpfs)
	// The descriptor is needed after the mount: Attach would close it.
	e.Doing(b, "find or make the mount point of %s", e.Type)
	target := root.Target(e.Destination, mount.Directory)
	e.Doing(b, "mount the tmpfs of the cgroups")
	b.MoveMount(tmpfs, target)
	b.Close(target)

	for i := range c.Hierarchies {
		h := &c.Hierarchies[i]
		if h.unified() {
			continue
		}
		fd := h.mountV1(b, root, e, ownNamespace)
		e.Doing(b, "mount the %s cgroup", h.name())
		dir := b.Openat(tmpfs, h.dirName(), unix.O_PATH|unix.O_DIRECTORY|unix.O_NOFOLLOW).Result("mount point")
		root.Attach(fd, dir)
	}
	b.Close(tmpfs)
	return nil
}

// dirName is where a v1 hierarchy is found below /sys/fs/cgroup.
func (h *Hierarchy) dirName() string { return strings.TrimPrefix(h.name(), "name=") }

// makeMountPoint makes the hierarchy's directory in a tmpfs, and a link for
// each of several controllers.
func (h *Hierarchy) makeMountPoint(b *program.Builder, tmpfs program.Arg) {
	if h.unified() {
		return
	}
	b.Mkdirat(tmpfs, h.dirName(), 0o755)
	if len(h.Controllers) == 1 {
		return
	}
	for _, name := range h.Controllers {
		b.Symlinkat(h.dirName(), tmpfs, name)
	}
}

// mountV1 returns a descriptor of a detached mount of the hierarchy.
func (h *Hierarchy) mountV1(b *program.Builder, root *mount.Root, e *mount.Entry, ownNamespace bool) program.Arg {
	if !ownNamespace {
		return root.NewBind(asBind(e), h.Dir())
	}
	e.Doing(b, "mount the %s cgroup", h.name())
	params := []spec.DataOption{parameter("source", "cgroup")}
	for _, c := range h.Controllers {
		key, value, named := strings.Cut(c, "=")
		params = append(params, spec.DataOption{Key: key, Value: value, HasValue: named})
	}
	fd := newFS(b, "cgroup", params, e.Options.NewAttr())
	setPropagation(b, e, fd)
	return fd
}

func parameter(key, value string) spec.DataOption {
	return spec.DataOption{Key: key, Value: value, HasValue: true}
}

// newFS returns a descriptor of a detached mount of a file system.
func newFS(b *program.Builder, fstype string, params []spec.DataOption, attr uint64) program.Arg {
	fs := b.Fsopen(fstype).Result(fstype)
	for _, p := range params {
		if p.HasValue {
			b.FsconfigString(fs, p.Key, p.Value)
		} else {
			b.FsconfigFlag(fs, p.Key)
		}
	}
	b.FsconfigCreate(fs)
	fd := b.Fsmount(fs, attr).Result(fstype + " mount")
	b.Close(fs)
	return fd
}

// setAttr gives a mount the attributes and the propagation of the entry.
func setAttr(b *program.Builder, e *mount.Entry, fd program.Arg) {
	b.MountSetattr(fd, "", unix.AT_EMPTY_PATH, unix.MountAttr{Attr_set: e.Options.NewAttr(), Attr_clr: unix.MOUNT_ATTR__ATIME})
	setPropagation(b, e, fd)
}

func setPropagation(b *program.Builder, e *mount.Entry, fd program.Arg) {
	for _, p := range e.Options.Propagation {
		b.MountSetattr(fd, "", unix.AT_EMPTY_PATH, unix.MountAttr{Propagation: p.Flag})
	}
}
