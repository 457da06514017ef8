package spec_test

import (
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
)

func TestValidateMounts(t *testing.T) {
	page := strings.Repeat("x", 4096)
	const (
		overProc = " (want a path outside of /proc, or /proc/cpuinfo and the like)"
		onlyProc = "mounts[0].destination: is /proc, where only procfs may be mounted (want type proc, or a bind mount of a procfs)"
	)
	one := []specs.LinuxIDMapping{{ContainerID: 5, HostID: 1000, Size: 1}}
	tests := []struct {
		name  string
		mount specs.Mount
		want  string
	}{
		{"tmpfs", specs.Mount{Destination: "/a", Type: "tmpfs", Options: []string{"ro", "size=1k"}}, ""},
		{"bind", specs.Mount{Destination: "/a", Source: "a", Options: []string{"rbind", "rro"}}, ""},
		{"relative destination", specs.Mount{Destination: "a", Type: "tmpfs"}, ""},
		{"remount", specs.Mount{Destination: "/a", Options: []string{"bind", "remount", "ro"}}, ""},
		{"empty", specs.Mount{},
			"mounts[0].type: is missing (want a type of file system, or bind or rbind in the options)\n" +
				"mounts[0].destination: is missing (want a path in the container)"},
		{"bind without source", specs.Mount{Destination: "/a", Type: "bind", Options: []string{"bind"}},
			"mounts[0].source: is missing (want the path to mount, absolute or relative to the bundle)"},
		{"bind by type alone", specs.Mount{Destination: "/a", Type: "bind", Source: "/a"},
			`mounts[0].type: is "bind", which is not a type of file system (want bind or rbind in the options)`},
		{"none", specs.Mount{Destination: "/a", Type: "none", Source: "/a"},
			`mounts[0].type: is "none", which is not a type of file system (want bind or rbind in the options)`},
		{"bind with data", specs.Mount{Destination: "/a", Source: "/a", Options: []string{"bind", "ro", "nosiud"}},
			`mounts[0].options[2]: is "nosiud", an option of a file system, but a bind mount makes none (want a standard option)`},
		{"bind with options of tmpfs", specs.Mount{Destination: "/a", Source: "/a", Options: []string{"size=1k", "bind"}}, ""},
		{"option without a name", specs.Mount{Destination: "/a", Type: "tmpfs", Options: []string{"ro", "=1"}},
			`mounts[0].options[1]: is "=1", which has no name (want name=value)`},
		{"root", specs.Mount{Destination: "/a/..", Type: "tmpfs"}, ""},
		{"long option", specs.Mount{Destination: "/a", Type: "overlay", Source: page[1:], Options: []string{"lowerdir=" + page[:4000]}}, ""},
		{"long source of a bind mount", specs.Mount{Destination: "/a", Source: page[1:], Options: []string{"bind"}}, ""},
		{"too long", specs.Mount{Destination: "/a", Type: "overlay", Source: page, Options: []string{"ro", "lowerdir=" + page}},
			"mounts[0].source: has 4096 bytes (want at most 4095)\nmounts[0].options[1]: has 4096 bytes (want at most 4095)"},
		{"too long in all", specs.Mount{Destination: "/a", Type: "overlay", Options: []string{"lowerdir=" + page[:4080], "upperdir=/u"}},
			"mounts[0].options: have 4101 bytes (want at most 4095)"},
		{"too long for a remount", specs.Mount{Destination: "/a", Options: []string{"remount", "size=" + page[:256]}},
			"mounts[0].options[1]: has 256 bytes (want at most 255)"},
		{"long", specs.Mount{Destination: "/" + strings.Repeat("a", 70000), Source: strings.Repeat("b", 70000), Options: []string{"bind"}},
			"mounts[0].source: is a path of 70000 bytes (want at most 4095)\n" +
				"mounts[0].destination: is a path of 70001 bytes (want at most 4095)"},

		{"proc", specs.Mount{Destination: "/proc", Type: "proc"}, ""},
		{"proc elsewhere", specs.Mount{Destination: "/mnt/proc", Type: "proc"}, ""},
		{"proc of the host", specs.Mount{Destination: "/proc/", Source: "/proc", Options: []string{"rbind"}}, ""},
		{"proc remounted", specs.Mount{Destination: "/proc", Options: []string{"remount", "bind", "ro"}}, ""},
		{"tmpfs on proc", specs.Mount{Destination: "/proc", Type: "tmpfs"}, onlyProc},
		{"volume on proc", specs.Mount{Destination: "/a/../proc/.", Source: "/vol", Options: []string{"bind"}}, ""}, // is for its mounter to see
		{"remount on proc", specs.Mount{Destination: "/proc", Type: "tmpfs", Options: []string{"remount"}}, ""},
		{"cpuinfo", specs.Mount{Destination: "/proc/cpuinfo", Source: "/x", Options: []string{"bind"}}, ""},
		{"net/dev", specs.Mount{Destination: "proc/./net/dev", Source: "/x", Options: []string{"bind"}}, ""},
		{"self", specs.Mount{Destination: "/proc/self/attr", Source: "/x", Options: []string{"bind"}},
			`mounts[0].destination: is "/proc/self/attr", which cannot be mounted because it is inside /proc` + overProc},
		{"sysctl", specs.Mount{Destination: "/x/../proc/sys", Type: "tmpfs"},
			`mounts[0].destination: is "/x/../proc/sys", which cannot be mounted because it is inside /proc` + overProc},
		{"looks like proc", specs.Mount{Destination: "/process", Type: "tmpfs"}, ""},

		{"mappings", specs.Mount{Destination: "/a", Source: "/a", Options: []string{"bind"}, UIDMappings: one, GIDMappings: one}, ""},
		{"mappings and option", specs.Mount{Destination: "/a", Type: "tmpfs", Options: []string{"ridmap"}, UIDMappings: one, GIDMappings: one}, ""},
		{"idmap without a mapping", specs.Mount{Destination: "/a", Source: "/a", Options: []string{"bind", "idmap"}},
			"mounts[0].options: ask for a mapping of ids, but there is none (want uidMappings and gidMappings, or a user namespace)"},
		{"half a mapping", specs.Mount{Destination: "/a", Type: "tmpfs", UIDMappings: one},
			"mounts[0].gidMappings: is missing (want both mappings or none)"},
		{"the other half", specs.Mount{Destination: "/a", Type: "tmpfs", GIDMappings: one},
			"mounts[0].uidMappings: is missing (want both mappings or none)"},
		{"bad mappings", specs.Mount{Destination: "/a", Type: "tmpfs", UIDMappings: append(one, one...), GIDMappings: make([]specs.LinuxIDMapping, 1)},
			"mounts[0].uidMappings[1].containerID: overlaps the container ids of mounts[0].uidMappings[0] (want ranges that do not overlap)\n" +
				"mounts[0].uidMappings[1].hostID: overlaps the host ids of mounts[0].uidMappings[0] (want ranges that do not overlap)\n" +
				"mounts[0].gidMappings[0].size: is 0 (want at least 1)"},
		{"remount with a mapping", specs.Mount{Destination: "/a", Options: []string{"remount", "bind"}, UIDMappings: one, GIDMappings: one},
			"mounts[0].options: has remount, which cannot be id-mapped (want the mapping on the original mount, because it cannot change later)"},
		{"cgroup with a mapping", specs.Mount{Destination: "/a", Type: "cgroup2", UIDMappings: one, GIDMappings: one},
			"mounts[0].type: is cgroup2, which cannot be id-mapped (want no mapping)"},
		{"tmpcopyup", specs.Mount{Destination: "/a", Type: "tmpfs", Options: []string{"tmpcopyup"}}, ""},
		{"tmpcopyup of a bind mount", specs.Mount{Destination: "/a", Source: "/a", Type: "tmpfs", Options: []string{"bind", "tmpcopyup"}},
			"mounts[0].options: have tmpcopyup, which is for a new tmpfs only (want type tmpfs)"},
		{"tmpcopyup of ramfs", specs.Mount{Destination: "/a", Type: "ramfs", Options: []string{"tmpcopyup"}},
			"mounts[0].options: have tmpcopyup, which is for a new tmpfs only (want type tmpfs)"},
	}
	list := make([]faultTest, len(tests))
	for i, test := range tests {
		change := func(s *specs.Spec) { s.Mounts = []specs.Mount{test.mount} }
		list[i] = faultTest{test.name, change, test.want}
	}
	testFaults(t, list)
}

func TestValidateMountLabel(t *testing.T) {
	label := func(label, option string) func(*specs.Spec) {
		return func(s *specs.Spec) {
			s.Linux.MountLabel = label
			s.Annotations = map[string]string{"run.oci.mount_context_type": option}
		}
	}
	testFaults(t, []faultTest{
		{"label", label("system_u:object_r:container_file_t:s0:c1,c2", "rootcontext"), ""},
		{"long label", label(strings.Repeat("x", 256), "context"), "linux.mountLabel: has 256 bytes (want at most 255)"},
		{"option", label("x", "ro"),
			`annotations["run.oci.mount_context_type"]: is "ro", which is unknown (want context, fscontext, defcontext, rootcontext)`},
	})
}
