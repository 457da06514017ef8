package spec

import (
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
)

func TestCgroupOwner(t *testing.T) {
	base := func() *specs.Spec {
		return &specs.Spec{
			Process: &specs.Process{User: specs.User{UID: 7}},
			Mounts:  []specs.Mount{{Source: "cgroup", Type: "cgroup", Destination: "/sys/fs/cgroup", Options: []string{"nosuid"}}},
			Linux:   &specs.Linux{Namespaces: []specs.LinuxNamespace{{Type: specs.CgroupNamespace}}},
		}
	}
	user := func(s *specs.Spec, path string, maps ...specs.LinuxIDMapping) {
		s.Linux.Namespaces = append(s.Linux.Namespaces, specs.LinuxNamespace{Type: specs.UserNamespace, Path: path})
		s.Linux.UIDMappings = maps
	}
	maps := []specs.LinuxIDMapping{{ContainerID: 0, HostID: 1000, Size: 1}, {ContainerID: 1, HostID: 50000, Size: 7}}
	tests := []struct {
		name string
		edit func(*specs.Spec)
		uid  uint32
		ok   bool
	}{
		{"no user namespace", func(*specs.Spec) {}, 7, true},
		{"mapped", func(s *specs.Spec) { user(s, "", maps...) }, 50006, true},
		{"not mapped", func(s *specs.Spec) { user(s, "", maps[0]) }, 0, false},
		{"joined", func(s *specs.Spec) { user(s, "/proc/1/ns/user") }, 0, false},
		{"joined, told", func(s *specs.Spec) { user(s, "/proc/1/ns/user", maps...) }, 50006, true},
		{"no cgroup namespace", func(s *specs.Spec) { s.Linux.Namespaces = nil }, 0, false},
		{"joined cgroup namespace", func(s *specs.Spec) { s.Linux.Namespaces[0].Path = "/proc/1/ns/cgroup" }, 0, false},
		{"read-only", func(s *specs.Spec) { s.Mounts[0].Options = []string{"ro"} }, 0, false},
		{"elsewhere", func(s *specs.Spec) { s.Mounts[0].Destination = "/cgroup" }, 0, false},
		{"bind mount", func(s *specs.Spec) { s.Mounts[0].Source = "/sys/fs/cgroup" }, 0, false},
		{"covered", func(s *specs.Spec) {
			s.Mounts = append(s.Mounts, specs.Mount{Source: "tmpfs", Destination: "/sys/fs/cgroup"})
		}, 0, false},
		{"no linux", func(s *specs.Spec) { s.Linux = nil }, 0, false},
	}
	for _, tt := range tests {
		s := base()
		tt.edit(s)
		if uid, ok := CgroupOwner(s); uid != tt.uid || ok != tt.ok {
			t.Errorf("%s: CgroupOwner = %d, %v, want %d, %v", tt.name, uid, ok, tt.uid, tt.ok)
		}
	}
}
