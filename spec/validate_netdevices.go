package spec

import (
	"maps"
	"slices"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// netDevices checks linux.netDevices. The runtime checks that a joined network
// namespace is not the host's after all.
func (v *validator) netDevices() {
	const at = "linux.netDevices"
	if len(v.linux.NetDevices) > 0 && !hasNamespace(v.spec, specs.NetworkNamespace) {
		v.faults.add(at, "network in linux.namespaces", "would stay on the host")
	}
	names := map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(v.linux.NetDevices)) {
		path := member(at, key)
		v.deviceName(path, key)
		name := v.linux.NetDevices[key].Name
		if name == "" {
			name = key
		} else {
			path += ".name"
			v.newDeviceName(path, name)
		}
		if other, ok := names[name]; ok && !strings.Contains(name, "%") {
			v.faults.addf(path, "each name once", "is %q, the same as for %s", name, other)
		}
		names[name] = member(at, key)
	}
}

// maxDeviceName is IFNAMSIZ without the NUL at the end.
const maxDeviceName = 15

// deviceName checks the name of a network device (dev_valid_name in the
// kernel). It reports whether the name is good.
func (v *validator) deviceName(at, name string) bool {
	const want = "1 to 15 bytes without /, : and blanks"
	switch {
	case name == "" || len(name) > maxDeviceName:
		v.faults.addf(at, want, "is a name of %d bytes", len(name))
	case name == "." || name == ".." || strings.ContainsAny(name, "/: \t\n\v\f\r"):
		v.faults.addf(at, want, "is %q", name)
	default:
		return true
	}
	return false
}

// newDeviceName checks a new name of a device. It may have one %d, which the
// kernel replaces with a number.
func (v *validator) newDeviceName(at, name string) {
	if v.deviceName(at, name) && strings.Contains(strings.Replace(name, "%d", "", 1), "%") {
		v.faults.addf(at, "no % other than one %d", "is %q", name)
	}
}
