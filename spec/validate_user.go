package spec

import (
	"maps"
	"slices"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// maxMappings is how many ranges the kernel takes in a map (Linux 4.15,
// user_namespaces(7)).
const maxMappings = 340

// userNamespace checks the mappings of user and group ids. Without a user
// namespace they mean nothing: see [Warnings].
func (v *validator) userNamespace() {
	i := v.namespaceIndex(specs.UserNamespace)
	if i < 0 {
		return
	}
	for _, m := range idMaps(v.linux) {
		switch {
		case len(m.list) > 0:
			v.mappings(m.at, m.list)
		case v.linux.Namespaces[i].Path == "":
			v.faults.add(m.at, "at least one mapping, as a new user namespace has no ids", "is missing")
		}
	}
}

// mappingSetting is a list of mappings and the JSON path of its setting.
type mappingSetting struct {
	at   string
	list []specs.LinuxIDMapping
}

// idMaps returns the mappings of the container's ids.
func idMaps(linux *specs.Linux) [2]mappingSetting {
	return [...]mappingSetting{{"linux.uidMappings", linux.UIDMappings}, {"linux.gidMappings", linux.GIDMappings}}
}

// namespaceIndex returns the index of a type in linux.namespaces, or -1.
func (v *validator) namespaceIndex(t specs.LinuxNamespaceType) int {
	return slices.IndexFunc(v.linux.Namespaces, func(n specs.LinuxNamespace) bool { return n.Type == t })
}

// mappings checks the ranges of one map: the kernel would refuse all of it for
// any fault (EINVAL).
func (v *validator) mappings(at string, list []specs.LinuxIDMapping) {
	v.ranges(at, list)
	root := false
	for _, m := range list {
		root = root || m.ContainerID == 0 && m.Size > 0
	}
	if !root {
		v.faults.add(at, "a mapping with containerID 0", "does not map id 0, which builds the container")
	}
}

// ranges checks the ranges of a map, whatever its ids are.
func (v *validator) ranges(at string, list []specs.LinuxIDMapping) {
	if len(list) > maxMappings {
		v.faults.addf(at, "at most 340", "has %d mappings", len(list))
	}
	for i := range min(len(list), maxMappings) {
		v.mapping(at, list, i)
	}
}

func (v *validator) mapping(at string, list []specs.LinuxIDMapping, i int) {
	m := list[i]
	// The kernel keeps the last id, 4294967295, for itself.
	const ids = 1<<32 - 1
	switch {
	case m.Size == 0:
		v.faults.add(index(at, i, "size"), "at least 1", "is 0")
		return
	case uint64(m.ContainerID)+uint64(m.Size) > ids:
		v.faults.addf(index(at, i, "size"), "ids up to 4294967294", "ends at container id %d", uint64(m.ContainerID)+uint64(m.Size)-1)
	case uint64(m.HostID)+uint64(m.Size) > ids:
		v.faults.addf(index(at, i, "size"), "ids up to 4294967294", "ends at host id %d", uint64(m.HostID)+uint64(m.Size)-1)
	}
	v.overlaps(at, list, i)
}

// overlaps reports the first ranges before range i that have ids in common with it.
func (v *validator) overlaps(at string, list []specs.LinuxIDMapping, i int) {
	m := list[i]
	container := slices.IndexFunc(list[:i], func(o specs.LinuxIDMapping) bool {
		return overlap(m.ContainerID, m.Size, o.ContainerID, o.Size)
	})
	host := slices.IndexFunc(list[:i], func(o specs.LinuxIDMapping) bool {
		return overlap(m.HostID, m.Size, o.HostID, o.Size)
	})
	if container >= 0 {
		v.faults.addf(index(at, i, "containerID"), "ranges that do not overlap", "overlaps the container ids of %s", index(at, container, ""))
	}
	if host >= 0 {
		v.faults.addf(index(at, i, "hostID"), "ranges that do not overlap", "overlaps the host ids of %s", index(at, host, ""))
	}
}

// overlap reports whether two ranges of ids have an id in common.
func overlap(a, aSize, b, bSize uint32) bool {
	return uint64(a) < uint64(b)+uint64(bSize) && uint64(b) < uint64(a)+uint64(aSize)
}

// timeNamespace checks the offsets of the clocks, which belong to a new time
// namespace.
func (v *validator) timeNamespace() {
	if len(v.linux.TimeOffsets) == 0 {
		return
	}
	if i := v.namespaceIndex(specs.TimeNamespace); i < 0 || v.linux.Namespaces[i].Path != "" {
		v.faults.add("linux.timeOffsets", "time in linux.namespaces, without a path", "is set without a new time namespace")
	}
	for _, clock := range slices.Sorted(maps.Keys(v.linux.TimeOffsets)) {
		at := member("linux.timeOffsets", clock)
		if clock != "monotonic" && clock != "boottime" {
			v.unknown(at, clock, "monotonic, boottime")
		}
		if n := v.linux.TimeOffsets[clock].Nanosecs; n > 999_999_999 {
			v.faults.addf(at+".nanosecs", "at most 999999999", "is %d", n)
		}
	}
}
