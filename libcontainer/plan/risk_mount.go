package plan

import (
	"path"
	"slices"
	"strings"

	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// bindRisk says what a bind mount of a host's path gives away, or "".
func (f *facts) bindRisk(source string, m *specs.Mount, o *spec.MountOptions) string {
	shared := slices.ContainsFunc(o.Propagation, func(p spec.PropagationOption) bool { return p.Flag == unix.MS_SHARED })
	return firstOf(socketRisk(source), pathRisk(source, mode(o) == "rw"), sharedRisk(shared))
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// socketRisk is about the sockets of those who start containers or services. Even
// a read-only mount lets a process connect.
func socketRisk(source string) string {
	switch path.Base(source) {
	case "docker.sock", "containerd.sock", "crio.sock", "podman.sock", "buildkitd.sock":
		return "who connects to it is root on the host"
	case "system_bus_socket":
		return "reaches the host's services"
	}
	return ""
}

// pathRisk is about directories of the host that belong to the whole host. Files
// and volumes in them, such as an engine's /etc/hosts of a container, are what
// bind mounts are for.
func pathRisk(source string, writable bool) string {
	switch source {
	case "/":
		return pick(writable, "changes every file of the host", "reads every file of the host")
	case "/proc", "/dev":
		return "the host's " + source
	case "/etc", "/root", "/home", "/var", "/run", "/var/run", "/var/lib":
		return pick(writable, "changes the host's "+source, "reads the host's "+source)
	case "/var/lib/docker", "/var/lib/containers", "/var/lib/containerd", "/var/lib/kubelet", "/run/containerd", "/run/docker":
		return "the files of other containers"
	case "/usr", "/bin", "/sbin", "/lib", "/lib64", "/boot", "/lib/modules", "/sys":
		return pick(writable, "changes the host's "+source, "")
	}
	switch {
	case strings.HasPrefix(source, "/proc/sys"), strings.HasPrefix(source, "/sys/"):
		return pick(writable, "changes the host's kernel", "")
	case strings.HasPrefix(source, "/etc/cron"), strings.HasPrefix(source, "/etc/systemd"), source == "/etc/passwd", source == "/etc/shadow", source == "/etc/sudoers":
		return pick(writable, "changes the host's "+source, "")
	}
	return ""
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
	case "proc":
		return pick(writable && !f.protected(path.Join(m.Destination, "sys")), "root changes the kernel's parameters in /proc/sys", "")
	case "sysfs":
		return pick(writable, "root changes the host's devices in /sys", "")
	case "cgroup", "cgroup2":
		own := spec.NewNamespace(f.Spec, specs.CgroupNamespace)
		return pick(writable && !own, "root changes the host's cgroups", "")
	case "debugfs", "tracefs", "securityfs", "bpf", "efivarfs", "configfs", "devtmpfs", "kernfs":
		return "shows the inside of the host's kernel"
	}
	if strings.HasPrefix(m.Source, "/dev/") {
		return "a disk of the host"
	}
	return ""
}

// protected reports whether a path is read-only or masked.
func (f *facts) protected(p string) bool {
	return slices.ContainsFunc(slices.Concat(f.linux.ReadonlyPaths, f.linux.MaskedPaths), func(hidden string) bool {
		return path.Clean(hidden) == p
	})
}
