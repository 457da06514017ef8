package spec

import (
	"github.com/opencontainers/runtime-spec/specs-go"
	"github.com/opencontainers/runtime-spec/specs-go/features"
)

// Features returns what this version of rt can do, whatever the host can do
// (features.md). It is made from the tables that [Validate] uses. The caller
// adds annotations.
func Features() *features.Features {
	return &features.Features{
		OCIVersionMin: minVersion,
		OCIVersionMax: specs.Version,
		Hooks:         hookStageNames(),
		MountOptions:  mountOptionNames(),
		Linux: &features.Linux{
			Namespaces:   namespaceNames(),
			Capabilities: Capabilities(),
			Cgroup: &features.Cgroup{
				V1: new(true), V2: new(true), Systemd: new(true), SystemdUser: new(true), Rdma: new(true),
			},
			Seccomp:         seccompFeatures(),
			Apparmor:        &features.Apparmor{Enabled: new(true)},
			Selinux:         &features.Selinux{Enabled: new(true)},
			IntelRdt:        &features.IntelRdt{Enabled: new(true), Schemata: new(true), Monitoring: new(true)},
			MemoryPolicy:    &features.MemoryPolicy{Modes: memoryModeNames(), Flags: constantNames(memoryFlags[:])},
			MountExtensions: &features.MountExtensions{IDMap: &features.IDMap{Enabled: new(true)}},
			NetDevices:      &features.NetDevices{Enabled: new(true)},
		},
		PotentiallyUnsafeConfigAnnotations: unsafeAnnotations(),
	}
}

// mountOptionNames returns the standard mount options.
func mountOptionNames() []string {
	names := make([]string, len(mountOptions))
	for i, o := range mountOptions {
		names[i] = o.name
	}
	return names
}

func namespaceNames() []string {
	names := make([]string, 0, len(namespaceTypes))
	for _, n := range namespaceTypes {
		names = append(names, string(n.name))
	}
	return names
}
