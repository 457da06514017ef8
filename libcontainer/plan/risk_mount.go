package plan

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/oci-rt/rt/libcontainer/check"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// bindRisk says what a bind mount of a host's path gives away, or "".
func (f *facts) bindRisk(source string, m *specs.Mount, o *spec.MountOptions) string {
	shared := slices.ContainsFunc(o.Propagation, func(p spec.PropagationOption) bool { return p.Flag == unix.MS_SHARED })
	return cmp.Or(socketRisk(source), pathRisk(source, mode(o) == "rw"), sharedRisk(shared))
}

// socketRisk is about the sockets of those who start containers or services. Even
// a read-only mount lets a process connect.
func socketRisk(source string) string {
	if owner := check.SocketOwner(source); owner != "" {
		return "the socket of " + owner + ", which obeys whoever connects"
	}
	return ""
}

// pathRisk is about directories that the host depends on. Files and volumes in them,
// such as an engine's /etc/hosts of a container, are what bind mounts are for.
func pathRisk(source string, writable bool) string {
	switch {
	case !check.IsHostDirectory(source, !writable):
		return ""
	case source == "/":
		return pick(writable, "changes every file of the host", "reads every file of the host")
	}
	return pick(writable, "changes the host's "+source, "reads the host's "+source)
}

func pick(yes bool, a, b string) string {
	if yes {
		return a
	}
	return b
}

// ofKernel reports whether a type of file system shows the kernel's data or
// memory, so that its source is only a name.
func ofKernel(fstype string) bool {
	switch fstype {
	case "proc", "sysfs", "tmpfs", "ramfs", "devpts", "mqueue", "cgroup", "cgroup2", "hugetlbfs":
		return true
	}
	return false
}

// mountRisk says what a new mount gives away, or "".
func (f *facts) mountRisk(m *specs.Mount, o *spec.MountOptions) string {
	writable := mode(o) == "rw" && !f.below()
	switch m.Type {
	case "proc": // of that at /proc, see hidden
		return pick(writable && path.Clean(m.Destination) != "/proc", "files that change the host's kernel", "")
	case "sysfs":
		return pick(writable, "root changes the host's devices in /sys", "")
	case "cgroup", "cgroup2":
		own := spec.NewNamespace(f.Spec, specs.CgroupNamespace) || !f.has("CAP_SYS_ADMIN")
		return pick(writable && !own, "root changes the host's cgroups", "")
	case "debugfs", "tracefs", "securityfs", "bpf", "efivarfs", "configfs", "devtmpfs", "kernfs":
		return "shows the inside of the host's kernel"
	}
	if strings.HasPrefix(m.Source, "/dev/") {
		return "a disk of the host"
	}
	return ""
}

// has reports whether the process may have a capability.
func (f *facts) has(capability string) bool {
	return slices.ContainsFunc(f.list, func(other Fact) bool { return other.Topic == Capabilities && other.Key == capability })
}
