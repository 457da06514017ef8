package libcontainer

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/oci-rt/rt/libcontainer/hook"
	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/tests/golden"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// The programs of hooks in the container, in full: in an engine's, in one with
// a user namespace, and in a mount namespace that was joined.
func TestCompileHookGolden(t *testing.T) {
	all := uintptr(unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWNET | unix.CLONE_NEWIPC | unix.CLONE_NEWUTS | unix.CLONE_NEWCGROUP)
	joined := []specs.LinuxNamespace{{Type: specs.MountNamespace, Path: "/proc/1/ns/mnt"}}
	tests := []struct {
		name       string
		namespaces uintptr
		list       []specs.LinuxNamespace
		compile    func(*specs.Spec, Host, Target, Options) (*program.Program, layout, error)
	}{
		{"hook", all, nil, CompileHook},
		{"hook_user", all | unix.CLONE_NEWUSER, nil, CompileHook},
		{"hook_joined", unix.CLONE_NEWNS, joined, CompileHook},
		{"hook_start", all, nil, CompileExec},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := testSpec(t, "default")
			s.Process.Terminal = false
			if test.list != nil {
				s.Linux.Namespaces = test.list
			}
			h := &hook.Hook{Hook: specs.Hook{Path: "/bin/hook", Args: []string{"name", "argument"}, Env: []string{"A=1"}}}
			p, _, err := test.compile(s, testHost(), Target{Namespaces: test.namespaces, ChangesRoot: true}, Options{Hook: h})
			if err != nil {
				t.Fatal(err)
			}
			var text bytes.Buffer
			if err := p.WriteText(&text); err != nil {
				t.Fatal(err)
			}
			golden.Compare(t, test.name+".txt", text.Bytes())
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
		p, _, err := Compile(s, testHost(), Options{Bundle: "/bundle"})
		if err != nil {
			t.Fatal(err)
		}
		var list []string
		for n := range p.Steps {
			list = append(list, p.Origin(n).String())
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

// The errors name the hook too.
func TestEveryStepOfHookFails(t *testing.T) {
	s, cfg := faultBundle(t)
	cfg.Spec.Hooks = &specs.Hooks{CreateContainer: []specs.Hook{{Path: "/bin/true"}}}
	f := &faults{
		t: t,
		run: func(tamper func(*program.Program)) error {
			cfg.tamperHook = tamper
			return runTampered(t, s, cfg, nil)
		},
		left:   func() []string { return leftovers(t, s, cfg) },
		prefix: "hooks.createContainer[0] (/bin/true): ",
	}
	if err := f.run(func(p *program.Program) { f.steps = calls(p) }); err != nil {
		t.Fatal(err)
	}
	if failed := f.fail(); failed < 20 {
		t.Errorf("only %d steps ran and failed", failed)
	}
}

// A container whose kept configuration is damaged can be deleted, with a
// warning for the hooks that nobody knows any more.
func TestDeleteWithoutConfiguration(t *testing.T) {
	s, cfg := faultBundle(t)
	var warnings []string
	s.Warn = func(err error) { warnings = append(warnings, err.Error()) }
	cfg.Spec.Hooks = &specs.Hooks{Poststop: []specs.Hook{{Path: "/bin/false"}}}
	if err := s.Create(cfg); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.Root, cfg.ID, "config.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Delete(cfg.ID, false); err != nil {
		t.Error(err)
	}
	_, _ = unix.Wait4(-1, nil, 0, nil)
	if len(warnings) != 1 || !strings.HasPrefix(warnings[0], "hooks.poststop: ") {
		t.Errorf("warnings: %q", warnings)
	}
}

func TestPidInside(t *testing.T) {
	if got := pidInside(os.Getpid()); got != os.Getpid() {
		t.Errorf("this process is %d", got)
	}
	if got := pidInside(1 << 30); got != 0 {
		t.Errorf("no process is %d", got)
	}
	_, _, c := running(t, nil)
	if got := pidInside(c.state.Init.Pid); got != 1 {
		t.Errorf("%s is %d in its namespace", fmt.Sprint(c.state.Init.Pid), got)
	}
}
