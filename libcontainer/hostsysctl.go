package libcontainer

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/oci-rt/rt/internal/linux"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// refuseHostSysctls fails if a network parameter would be set on the host,
// because the path of the network namespace is that of rt's own. Package spec
// has checked that there is a network namespace at all.
func refuseHostSysctls(s *specs.Spec) error {
	if s.Linux == nil {
		return nil
	}
	key, ok := networkSysctl(s.Linux.Sysctl)
	if !ok {
		return nil
	}
	for i, ns := range s.Linux.Namespaces {
		if ns.Type != specs.NetworkNamespace || ns.Path == "" {
			continue
		}
		// A path that does not exist fails later, where it is opened.
		if same, err := linux.SameNamespace(ns.Path, "/proc/self/ns/net"); err == nil && same {
			return fmt.Errorf("linux.sysctl[%q]: would be set on the host: linux.namespaces[%d].path (%s) is its network namespace", key, i, ns.Path)
		}
	}
	return nil
}

// networkSysctl returns the first key below /proc/sys/net.
func networkSysctl(sysctls map[string]string) (string, bool) {
	for _, key := range slices.Sorted(maps.Keys(sysctls)) {
		if strings.HasPrefix(spec.SysctlPath(key), "net/") {
			return key, true
		}
	}
	return "", false
}
