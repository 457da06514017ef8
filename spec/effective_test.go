package spec

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// TestEffective: surroundings change what they are about, and never what they are
// given.
func TestEffective(t *testing.T) {
	config := func() *specs.Spec {
		s := Default()
		s.Linux.Namespaces = append(s.Linux.Namespaces, specs.LinuxNamespace{Type: specs.UserNamespace, Path: "/proc/1/ns/user"})
		return s
	}
	for _, test := range []struct {
		name   string
		of     Surroundings
		change func(*specs.Spec)
	}{
		{"none", Surroundings{}, func(*specs.Spec) {}},
		{"user namespace", Surroundings{InUserNamespace: true}, func(s *specs.Spec) {
			s.Linux.Namespaces = s.Linux.Namespaces[:len(s.Linux.Namespaces)-1]
		}},
		{"manager", Surroundings{NotifyDir: "/run/rt/c1/notify"}, func(s *specs.Spec) {
			s.Process.Env = append(s.Process.Env, "NOTIFY_SOCKET=/run/notify/notify.sock")
			s.Mounts = append(s.Mounts, specs.Mount{
				Destination: "/run/notify", Type: "bind", Source: "/run/rt/c1/notify",
				Options: []string{"bind", "nosuid", "noexec", "nodev", "ro"},
			})
		}},
		{"both", Surroundings{true, "/n"}, func(s *specs.Spec) {
			s.Linux.Namespaces = s.Linux.Namespaces[:len(s.Linux.Namespaces)-1]
			s.Process.Env = append(s.Process.Env, notifyVariable)
			s.Mounts = append(s.Mounts, NotifyMount("/n"))
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, want := config(), config()
			test.change(want)
			if diff := cmp.Diff(want, Effective(s, test.of)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(config(), s); diff != "" {
				t.Errorf("it has changed what it was given (-was +is):\n%s", diff)
			}
		})
	}
	s := Default()
	s.Linux = nil
	Effective(s, Surroundings{InUserNamespace: true})
}
