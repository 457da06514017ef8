package libcontainer

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/tests/need"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// record runs a program of busybox and returns the profile of it.
func record(t *testing.T, s Store, cfg Config, earlier *specs.LinuxSeccomp) *specs.LinuxSeccomp {
	t.Helper()
	cfg.Record = NewRecorder()
	if exit := runToEnd(t, s, cfg); exit != 0 {
		t.Fatalf("exit status %d while recording", exit)
	}
	p, missing := cfg.Record.Profile(earlier, true)
	if err := cfg.Record.Err(); err != nil || len(missing) > 0 {
		t.Fatalf("%v, missing %q", err, missing)
	}
	return p
}

func runToEnd(t *testing.T, s Store, cfg Config) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	p, err := s.Run(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	exit, err := waitAndRemove(p)
	if err != nil {
		t.Fatal(err)
	}
	return exit
}

func allows(p *specs.LinuxSeccomp, name string) bool {
	return slices.ContainsFunc(p.Syscalls, func(s specs.LinuxSyscall) bool { return slices.Contains(s.Names, name) })
}

// A profile that was recorded runs the same program, and refuses another one: with and
// without no_new_privs, as root, as a user, and in a user namespace.
func TestRecord(t *testing.T) {
	const script = "ls / | cat >/dev/null; echo a | (read x; test $x = a) && (exit 0) && sleep 0.01"
	for name, change := range map[string]func(*Config){
		"root":           func(*Config) {},
		"new privileges": func(cfg *Config) { cfg.Spec.Process.NoNewPrivileges = false },
		"user": func(cfg *Config) {
			cfg.Spec.Process.User = specs.User{UID: 1000, GID: 1000}
			cfg.Spec.Process.NoNewPrivileges = false
		},
		"user namespace": func(cfg *Config) {
			need.UserNamespaces(t)
			inUserNamespaceOf(t, cfg, 100000)
			cfg.Spec.Process.NoNewPrivileges = false
		},
		"administrator": func(cfg *Config) {
			cfg.Spec.Process.NoNewPrivileges = false
			caps := []string{"CAP_SYS_ADMIN"}
			cfg.Spec.Process.Capabilities = &specs.LinuxCapabilities{Bounding: caps, Effective: caps, Permitted: caps}
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, cfg := faultBundle(t)
			change(&cfg)
			cfg.Spec.Process.Args = []string{"busybox", "sh", "-c", script}
			left := leftovers(t, s, cfg)
			p := record(t, s, cfg, nil)
			if left := added(left, leftovers(t, s, cfg)); len(left) > 0 {
				t.Errorf("left behind: %q", left)
			}
			for name, want := range map[string]bool{"getdents64": true, "pipe2": true, "uname": false, "seccomp": false, "mkdir": false, "dup3": false} {
				if allows(p, name) != want && !(name == "uname") { // some C libraries ask for it
					t.Errorf("profile allows %s: %v", name, !want)
				}
			}
			cfg.Spec.Linux.Seccomp = p
			if exit := runToEnd(t, s, cfg); exit != 0 {
				t.Errorf("exit status %d behind the profile", exit)
			}
			cfg.Spec.Process.Args = []string{"busybox", "mkdir", "/tmp"}
			if exit := runToEnd(t, s, cfg); exit == 0 {
				t.Error("the profile lets another program make a directory")
			}
		})
	}
}

// What the configuration's own filter refuses stays refused, and is not recorded.
func TestRecordBesideFilter(t *testing.T) {
	s, cfg := faultBundle(t)
	cfg.Spec.Linux.Seccomp = &specs.LinuxSeccomp{
		DefaultAction: specs.ActAllow,
		Syscalls:      []specs.LinuxSyscall{{Names: []string{"mkdir", "mkdirat"}, Action: specs.ActErrno}},
	}
	cfg.Spec.Root.Readonly = false
	cfg.Spec.Process.Args = []string{"busybox", "sh", "-c", "! mkdir /x 2>/dev/null"}
	p := record(t, s, cfg, nil)
	if allows(p, "mkdir") || allows(p, "mkdirat") || allows(p, "seccomp") {
		t.Errorf("profile allows what was refused: %+v", p.Syscalls)
	}
}

// A start that fails at any step, or whose init dies, leaves nothing.
func TestEveryStepFailsRecorded(t *testing.T) {
	s, cfg := faultBundle(t)
	cfg.Record = NewRecorder()
	f := startFaults(t, s, cfg)
	var steps []int
	p := compileRecorded(t, s, cfg)
	for n := range p.Steps {
		doing := p.Origin(n).Doing
		if strings.Contains(doing, "reports system calls") || strings.Contains(doing, "records the system calls") || n > len(p.Steps)-12 {
			steps = append(steps, n)
		}
	}
	f.steps = slices.DeleteFunc(steps, func(n int) bool { _, ok := p.SystemCall(n); return !ok })
	f.run = func(tamper func(*program.Program)) error {
		cfg := cfg
		cfg.Record = NewRecorder()
		return runTampered(t, s, cfg, tamper)
	}
	if failed := f.fail(); failed < 6 {
		t.Errorf("only %d steps ran and failed", failed)
	}
}

// compileRecorded returns the program that a config with a recorder runs.
func compileRecorded(t *testing.T, s Store, cfg Config) (p *program.Program) {
	t.Helper()
	err := runTampered(t, s, cfg, func(compiled *program.Program) {
		copied := *compiled
		copied.Steps, copied.Origins = slices.Clone(compiled.Steps), slices.Clone(compiled.Origins)
		p = &copied
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestRecordFaults(t *testing.T) {
	s, cfg := faultBundle(t)
	cfg.Record = NewRecorder()
	if _, err := s.Create(t.Context(), cfg); !errors.As(err, new(*OptionError)) {
		t.Errorf("error of create: %v", err)
	}
	cfg.Spec.Linux.Seccomp = &specs.LinuxSeccomp{
		DefaultAction: specs.ActAllow, ListenerPath: "/agent",
		Syscalls: []specs.LinuxSyscall{{Names: []string{"mkdir"}, Action: specs.ActNotify}},
	}
	if _, err := s.Run(t.Context(), cfg); !errors.As(err, new(*OptionError)) || !strings.Contains(err.Error(), "agent") {
		t.Errorf("error beside an agent: %v", err)
	}
	r := NewRecorder()
	f, err := os.Open("/dev/null")
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Listen(f); err == nil {
		t.Error("/dev/null was taken for a listener")
	}
}
