package libcontainer

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// The errors name the hook too.
func TestEveryStepOfHookFails(t *testing.T) {
	s, cfg := faultBundle(t)
	cfg.Spec.Hooks = &specs.Hooks{CreateContainer: []specs.Hook{{Path: "/bin/true"}}}
	if failed := hookFaults(t, s, cfg).fail(); failed < 20 {
		t.Errorf("only %d steps ran and failed", failed)
	}
}

// hookFaults are those of the container's createContainer hook.
func hookFaults(t *testing.T, s Store, cfg Config) *faults {
	t.Helper()
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
	return f
}

// A container whose kept configuration is damaged can be deleted, with a
// warning for the hooks that nobody knows any more.
func TestDeleteWithoutConfiguration(t *testing.T) {
	s, cfg := faultBundle(t)
	var warnings []string
	s.Warn = func(err error) { warnings = append(warnings, err.Error()) }
	cfg.Spec.Hooks = &specs.Hooks{Poststop: []specs.Hook{{Path: "/bin/false"}}}
	create(t, s, cfg)
	if err := os.WriteFile(filepath.Join(s.Root, cfg.ID, "config.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Delete(context.Background(), cfg.ID, false); err != nil {
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
