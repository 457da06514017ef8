package spec

import "github.com/opencontainers/runtime-spec/specs-go"

// IDMapped reports whether the ids of a mount are mapped: by its own mappings
// or, with the option idmap or ridmap, by those of the container.
func IDMapped(m *specs.Mount, o *MountOptions) bool {
	return o.IDMap || len(m.UIDMappings) > 0 || len(m.GIDMappings) > 0
}

// idMap checks the mapping of a mount's ids (config.md, Mounts).
func (v *validator) idMap(at func(string) string, m *specs.Mount, o *MountOptions) {
	if !IDMapped(m, o) {
		return
	}
	v.mountMappings(at, m)
	const noMap = "cannot be id-mapped"
	switch {
	case o.Remount:
		v.faults.add(at("options"), "the mapping on the original mount, because it cannot change later", "has remount, which "+noMap)
	case !o.Bind && (m.Type == "cgroup" || m.Type == "cgroup2"):
		v.faults.addf(at("type"), "no mapping", "is %s, which %s", m.Type, noMap)
	}
}

func (v *validator) mountMappings(at func(string) string, m *specs.Mount) {
	switch uids, gids := len(m.UIDMappings), len(m.GIDMappings); {
	case uids == 0 && gids == 0:
		if v.namespaceIndex(specs.UserNamespace) < 0 {
			v.faults.add(at("options"), "uidMappings and gidMappings, or a user namespace", "ask for a mapping of ids, but there is none")
		}
		return
	case uids == 0:
		v.faults.add(at("uidMappings"), "both mappings or none", "is missing")
	case gids == 0:
		v.faults.add(at("gidMappings"), "both mappings or none", "is missing")
	}
	v.ranges(at("uidMappings"), m.UIDMappings)
	v.ranges(at("gidMappings"), m.GIDMappings)
}
