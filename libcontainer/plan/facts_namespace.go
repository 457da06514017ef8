package plan

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// sharing says what it means that a namespace is the host's.
var sharing = [...]struct {
	kind specs.LinuxNamespaceType
	risk string // or "" if engines share it with every container
}{
	{specs.PIDNamespace, "sees and signals the host's processes"},
	{specs.IPCNamespace, "reads and writes the host's shared memory and message queues"},
	{specs.NetworkNamespace, "uses the host's network, its loopback services and abstract sockets"},
	{specs.MountNamespace, "its mounts are mounts of the host"},
	{specs.UTSNamespace, "has the host's name"},
	{specs.CgroupNamespace, ""},
	{specs.UserNamespace, ""},
	{specs.TimeNamespace, ""},
}

// namespaces adds which namespaces are new, joined or the host's.
func (f *facts) namespaces() {
	for _, s := range sharing {
		i := spec.FindNamespace(f.Spec, s.kind)
		switch {
		case i < 0:
			f.add(Namespaces, string(s.kind), f.whose(), "linux.namespaces").Risk = s.risk
		case f.Kind == Exec:
			f.add(Namespaces, string(s.kind), "the container's", at("linux.namespaces", i))
		case f.linux.Namespaces[i].Path == "":
			f.add(Namespaces, string(s.kind), "new", at("linux.namespaces", i))
		default:
			f.joined(s.kind, f.linux.Namespaces[i].Path, at("linux.namespaces", i), s.risk)
		}
	}
}

// whose says whose namespaces are those that the configuration does not name.
func (f *facts) whose() string {
	if f.Host.InUserNamespace {
		return "that of rt"
	}
	return "the host's"
}

// joined adds a namespace that is given by its path. That of the host's first
// process is the host's.
func (f *facts) joined(kind specs.LinuxNamespaceType, path, setting, risk string) {
	text := "joined: " + path
	if f.Shared[kind] {
		text += " (" + f.whose() + ")"
	}
	f.add(Namespaces, string(kind), text, setting).Risk = pick(f.shares(kind), risk, "")
}

// shares reports whether a namespace is the host's, as far as that is known or its path
// tells.
func (f *facts) shares(kind specs.LinuxNamespaceType) bool {
	i := spec.FindNamespace(f.Spec, kind)
	if i < 0 {
		return true
	}
	path := f.linux.Namespaces[i].Path
	return f.Shared[kind] || strings.HasPrefix(path, "/proc/1/") || strings.HasPrefix(path, "/proc/self/")
}

// names adds the names and offsets that namespaces have.
func (f *facts) names() {
	if f.Spec.Hostname != "" {
		f.add(Namespaces, "host name", f.Spec.Hostname, "hostname")
	}
	if f.Spec.Domainname != "" {
		f.add(Namespaces, "domain name", f.Spec.Domainname, "domainname")
	}
	for _, clock := range slices.Sorted(maps.Keys(f.linux.TimeOffsets)) {
		o := f.linux.TimeOffsets[clock]
		f.add(Namespaces, "offset of "+clock, fmt.Sprintf("%d s %d ns", o.Secs, o.Nanosecs), fmt.Sprintf("linux.timeOffsets[%q]", clock))
	}
}

// network adds the devices that move into the network namespace.
func (f *facts) network() {
	for _, name := range slices.Sorted(maps.Keys(f.linux.NetDevices)) {
		as := f.linux.NetDevices[name].Name
		if as == "" {
			as = name
		}
		f.add(Network, name, "moves from the host, as "+as, fmt.Sprintf("linux.netDevices[%q]", name))
	}
}

// kernel adds the kernel parameters.
func (f *facts) kernel() {
	for _, key := range slices.Sorted(maps.Keys(f.linux.Sysctl)) {
		f.add(Kernel, key, f.linux.Sysctl[key], fmt.Sprintf("linux.sysctl[%q]", key))
	}
}

// annotations adds those that rt acts on. The others are only in the state.
func (f *facts) annotations() {
	acting := []string{"run.oci.keep_original_groups", "run.oci.hooks.stdout", "run.oci.hooks.stderr", "run.oci.mount_context_type", "run.oci.seccomp.receiver"}
	if f.Host.Cgroup.Scope != nil {
		acting = append(acting, "run.oci.systemd.subgroup")
		for _, p := range spec.UnitProperties(f.Spec.Annotations) {
			acting = append(acting, "org.systemd.property."+p.Name)
		}
	}
	for _, key := range acting {
		if value, ok := f.Spec.Annotations[key]; ok {
			f.add(Annotations, key, value, fmt.Sprintf("annotations[%q]", key))
		}
	}
}
