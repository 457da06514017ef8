package compile

import (
	"slices"
	"strings"
	"testing"

	"github.com/oci-rt/rt/libcontainer/hook"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// The programs of hooks in the container, in full: in an engine's container, in
// one with a user namespace, and in a mount namespace that was joined.
func TestHookGolden(t *testing.T) {
	all := uintptr(unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWNET | unix.CLONE_NEWIPC | unix.CLONE_NEWUTS | unix.CLONE_NEWCGROUP)
	joined := []specs.LinuxNamespace{{Type: specs.MountNamespace, Path: "/proc/1/ns/mnt"}}
	tests := []struct {
		name       string
		namespaces uintptr
		list       []specs.LinuxNamespace
		compile    func(*specs.Spec, Host, Target, Options) (*Plan, error)
	}{
		{"hook", all, nil, Hook},
		{"hook_user", all | unix.CLONE_NEWUSER, nil, Hook},
		{"hook_joined", unix.CLONE_NEWNS, joined, Hook},
		{"hook_start", all, nil, Exec},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := testSpec(t, "default")
			s.Process.Terminal = false
			if test.list != nil {
				s.Linux.Namespaces = test.list
			}
			h := &hook.Hook{Hook: specs.Hook{Path: "/bin/hook", Args: []string{"name", "argument"}, Env: []string{"A=1"}}}
			p, err := test.compile(s, testHost(), Target{Namespaces: test.namespaces, ChangesRoot: true}, Options{Hook: h})
			if err != nil {
				t.Fatal(err)
			}
			compareGolden(t, test.name, p)
		})
	}
}

// The init waits for the hooks of create behind all mounts, and before it does
// anything that a hook could miss. Without such hooks it does not wait.
func TestAwaitHooks(t *testing.T) {
	doings := func(hooks *specs.Hooks) []string {
		s := testSpec(t, "docker")
		s.Hooks = hooks
		s.Linux.Sysctl = map[string]string{"net.ipv4.ip_forward": "1"}
		p, err := Start(s, testHost(), Options{Bundle: "/bundle"})
		if err != nil {
			t.Fatal(err)
		}
		var list []string
		for n := range p.Program.Steps {
			list = append(list, p.Program.Origin(n).String())
		}
		return list
	}
	one := []specs.Hook{{Path: "/bin/true"}}
	const wait = "hooks: wait for hooks"
	for _, hooks := range []*specs.Hooks{nil, {}, {StartContainer: one, Poststart: one, Poststop: one}} {
		if slices.Contains(doings(hooks), wait) {
			t.Errorf("%+v: the init waits", hooks)
		}
	}
	for _, hooks := range []*specs.Hooks{{Prestart: one}, {CreateRuntime: one}, {CreateContainer: one}} {
		list := doings(hooks)
		at := slices.Index(list, wait)
		if at < 0 {
			t.Errorf("%+v: the init does not wait", hooks)
			continue
		}
		for i, doing := range list {
			before := strings.HasPrefix(doing, "mounts[") || strings.HasPrefix(doing, "linux.devices")
			after := strings.HasPrefix(doing, "linux.sysctl") || strings.HasPrefix(doing, "linux.maskedPaths") ||
				strings.HasPrefix(doing, "linux.readonlyPaths") || strings.HasSuffix(doing, ": pivot_root")
			if before && i > at || after && i < at {
				t.Errorf("%+v: step %d, %s, on the wrong side of %d", hooks, i, doing, at)
			}
		}
	}
}
