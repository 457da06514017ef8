package plan

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/oci-rt/rt/libcontainer/check"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// rootfs adds the root file system.
func (f *facts) rootfs() {
	root := f.Spec.Root
	where := spec.RootfsPath(f.Options.Bundle, root)
	fact := f.add(Rootfs, "path", where, "root.path")
	if where == "/" {
		fact.Risk = "the host's whole file system"
	}
	mode := "read-write"
	if root.Readonly {
		mode = "read-only"
	}
	f.add(Rootfs, "mode", mode, "root.readonly")
	if p := f.linux.RootfsPropagation; p != "" {
		f.add(Rootfs, "propagation", p, "linux.rootfsPropagation").Risk = sharedRisk(strings.HasSuffix(p, "shared"))
	}
	if l := f.linux.MountLabel; l != "" {
		f.add(Rootfs, "label of mounts", spec.MountContext(f.Spec.Annotations)+"="+l, "linux.mountLabel")
	}
	if f.Options.Bundle != "" && f.Host.RootCopy != nil {
		f.add(Rootfs, "change of the root", "without pivot_root(2), from a copy of the host's root", "")
	}
}

func sharedRisk(shared bool) string {
	if shared {
		return "what is mounted in the container shows up on the host"
	}
	return ""
}

// mounts adds every mount: those that show a part of the host, and the others.
func (f *facts) mounts() {
	for i := range f.Spec.Mounts {
		m := &f.Spec.Mounts[i]
		o, _ := spec.ParseMountOptions(m.Options) // Start has reported the faults
		switch {
		case o.Remount:
			f.add(FileSystems, m.Destination, "change of the mount there ("+attributes(m, &o)+")", at("mounts", i))
		case o.Bind:
			source := f.source(m)
			f.add(HostPaths, m.Destination, source+" ("+attributes(m, &o)+")", at("mounts", i)).Risk = f.bindRisk(source, m, &o)
		default:
			f.add(FileSystems, m.Destination, fileSystem(m)+" ("+attributes(m, &o)+")", at("mounts", i)).Risk = f.mountRisk(m, &o)
		}
	}
}

// source returns the host's path that a bind mount shows.
func (f *facts) source(m *specs.Mount) string {
	if path.IsAbs(m.Source) {
		return path.Clean(m.Source)
	}
	return path.Join(f.Options.Bundle, m.Source)
}

// fileSystem names the type, and the source if that says more.
func fileSystem(m *specs.Mount) string {
	if slices.Contains([]string{"", "none", m.Type}, m.Source) || ofKernel(m.Type) {
		return m.Type
	}
	return m.Type + " of " + m.Source
}

// attributes returns the effect of a mount's options, in one order.
func attributes(m *specs.Mount, o *spec.MountOptions) string {
	list := []string{mode(o)}
	on := o.Set | o.RecSet
	for _, a := range [...]struct {
		bit  uint64
		name string
	}{
		{unix.MOUNT_ATTR_NOSUID, "nosuid"}, {unix.MOUNT_ATTR_NODEV, "nodev"}, {unix.MOUNT_ATTR_NOEXEC, "noexec"},
		{unix.MOUNT_ATTR_NOATIME, "noatime"}, {unix.MOUNT_ATTR_STRICTATIME, "strictatime"},
		{unix.MOUNT_ATTR_NODIRATIME, "nodiratime"}, {unix.MOUNT_ATTR_NOSYMFOLLOW, "nosymfollow"},
	} {
		if on&a.bit != 0 {
			list = append(list, a.name)
		}
	}
	if o.Recursive {
		list = append(list, "recursive")
	}
	list = append(list, propagations(o)...)
	list = append(list, parameters(o)...)
	if spec.IDMapped(m, o) {
		list = append(list, idMapping(m))
	}
	return strings.Join(list, ", ")
}

func mode(o *spec.MountOptions) string {
	readonly := o.Set&unix.MOUNT_ATTR_RDONLY != 0 && o.RecClear&unix.MOUNT_ATTR_RDONLY == 0
	switch {
	case o.RecSet&unix.MOUNT_ATTR_RDONLY != 0:
		return "rro"
	case readonly:
		return "ro"
	}
	return "rw"
}

func propagations(o *spec.MountOptions) (list []string) {
	for _, p := range o.Propagation {
		name := map[uint64]string{unix.MS_SHARED: "shared", unix.MS_SLAVE: "slave", unix.MS_PRIVATE: "private", unix.MS_UNBINDABLE: "unbindable"}[p.Flag]
		if p.Recursive {
			name = "r" + name
		}
		list = append(list, name)
	}
	return list
}

// parameters returns what the file system is told.
func parameters(o *spec.MountOptions) (list []string) {
	for _, s := range o.Super {
		if s.Name != "ro" && s.Name != "rw" {
			list = append(list, s.Name)
		}
	}
	for _, d := range o.Data {
		text := d.Key
		if d.HasValue {
			text += "=" + d.Value
		}
		list = append(list, text)
	}
	if o.CopyUp {
		list = append(list, "with a copy of what it covers")
	}
	if o.IVersion {
		list = append(list, "iversion")
	}
	return list
}

func idMapping(m *specs.Mount) string {
	if len(m.UIDMappings) == 0 && len(m.GIDMappings) == 0 {
		return "ids mapped like the container's"
	}
	return fmt.Sprintf("users %s, groups %s", ranges(m.UIDMappings), ranges(m.GIDMappings))
}

// hidden adds the paths that are masked or read-only.
func (f *facts) hidden() {
	for i, p := range f.linux.MaskedPaths {
		f.add(Hidden, p, "masked", at("linux.maskedPaths", i))
	}
	for i, p := range f.linux.ReadonlyPaths {
		f.add(Hidden, p, "read-only", at("linux.readonlyPaths", i))
	}
	visible, writable := check.Uncovered(f.Spec)
	f.uncovered("not masked", "linux.maskedPaths", visible, "files that tell of the host or act on it")
	f.uncovered("not read-only", "linux.readonlyPaths", writable, "files that change the host's kernel")
}

// uncovered adds the paths that engines hide in every container, and this configuration
// does not.
func (f *facts) uncovered(key, setting string, paths []string, risk string) {
	if len(paths) > 0 {
		f.add(Hidden, key, strings.Join(paths, " "), setting).Risk = f.unless(risk)
	}
}
