package libcontainer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"github.com/oci-rt/rt/internal/plainjson"
	"github.com/oci-rt/rt/spec"
	"github.com/oci-rt/rt/tests/mutate"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// noPanic reports a panic of what do does.
func noPanic(t *testing.T, what string, do func()) {
	t.Helper()
	defer func() {
		if p := recover(); p != nil {
			t.Errorf("%s: %v\n%s", what, p, debug.Stack())
		}
	}()
	do()
}

// silentBundle is faultBundle whose containers write nowhere.
func silentBundle(t *testing.T) (Store, Config) {
	t.Helper()
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { null.Close() })
	s, cfg := faultBundle(t)
	cfg.Stdio = [3]*os.File{null, null, null}
	return s, cfg
}

// eachConfig calls f with configurations that each have one thing that is odd.
func eachConfig(t *testing.T, s *specs.Spec, f func(what string)) {
	t.Helper()
	before := string(plainjson.Append(nil, s))
	foreign := []string{"Solaris", "Windows", "VM", "ZOS", "FreeBSD"} // which Linux ignores
	mutate.Each(s, func(what string) {
		top, _, _ := strings.Cut(what, ".")
		if top, _, _ = strings.Cut(top, " "); !slices.Contains(foreign, top) && !t.Failed() {
			f(what)
		}
	})
	if after := string(plainjson.Append(nil, s)); after != before {
		t.Errorf("the caller's configuration was changed:\n%s\n%s", before, after)
	}
}

// A configuration that was not read by package spec is checked here: it is compiled or
// an error, and never a panic.
func TestUncheckedPlan(t *testing.T) {
	s, cfg := faultBundle(t)
	good, bad := 0, 0
	eachConfig(t, cfg.Spec, func(what string) {
		noPanic(t, what, func() {
			_, err := s.Plan(t.Context(), cfg)
			if err == nil {
				good++
			} else {
				bad++
			}
		})
	})
	t.Logf("%d are compiled, %d are refused", good, bad)
	if good < 100 || bad < 100 {
		t.Errorf("%d are compiled, %d are refused: these are too few of one kind", good, bad)
	}
}

// TestUncheckedCreate makes real containers, of one in so many configurations; with
// RT_ALL of each.
func TestUncheckedCreate(t *testing.T) {
	s, cfg := silentBundle(t)
	every := 8
	if os.Getenv("RT_ALL") != "" {
		every = 1
	}
	before := leftovers(t, s, cfg)
	n, made := 0, 0
	eachConfig(t, cfg.Spec, func(what string) {
		if n++; n%every != 0 || leavesCgroup(what) {
			return
		}
		noPanic(t, what, func() {
			p, err := s.Create(t.Context(), cfg)
			if err != nil {
				return
			}
			made++
			defer p.Close()
			if err := s.Delete(context.Background(), cfg.ID, true); err != nil {
				t.Errorf("%s: delete: %v", what, err)
			}
			if _, err := p.Wait(t.Context()); err != nil {
				t.Errorf("%s: %v", what, err)
			}
		})
	})
	if left := added(before, leftovers(t, s, cfg)); len(left) != 0 {
		t.Errorf("left behind: %q", left)
	}
	t.Logf("%d of %d were made", made, n/every)
}

// leavesCgroup reports whether a change takes the container out of the test's own
// cgroup, into one that others may have too.
func leavesCgroup(what string) bool {
	return strings.HasPrefix(what, "Linux.CgroupsPath") || strings.HasPrefix(what, "Linux = ")
}

// The same for what is executed in a container, and for limits.
func TestUncheckedExecAndUpdate(t *testing.T) {
	s, cfg := silentBundle(t)
	cfg.Spec.Process.Args = []string{"busybox", "sleep", "1000"}
	first, err := s.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	defer s.Delete(context.Background(), cfg.ID, true)
	c, err := s.Open(cfg.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	e := ExecConfig{Process: new(specs.Process), Stdio: cfg.Stdio}
	*e.Process = *cfg.Spec.Process
	e.Process.Args = []string{"busybox", "true"}
	before := leftovers(t, s, cfg)
	mutate.Each(&e.Process, func(what string) {
		noPanic(t, "Process"+what, func() {
			if p, err := c.Run(context.Background(), e); err == nil {
				_, _ = wait(p)
			}
		})
	})
	// Limits that are too low would hold the test up, so nothing is in there then.
	if err := errors.Join(first.Signal(9), func() error { _, err := first.Wait(t.Context()); return err }()); err != nil {
		t.Fatal(err)
	}
	var u struct {
		Res *specs.LinuxResources
		Rdt *specs.LinuxIntelRdt
	}
	mutate.Each(&u, func(what string) {
		noPanic(t, what, func() {
			if err := spec.ValidateUpdate(u.Res, u.Rdt).Err(); err == nil && u.Res != nil {
				_ = c.updateResources(t.Context(), u.Res)
			}
		})
	})
	if left := added(before, leftovers(t, s, cfg)); len(left) != 0 {
		t.Errorf("left behind: %q", left)
	}
}

// What is wrong with the rest of a Config is an error too.
func TestUncheckedConfig(t *testing.T) {
	s, cfg := faultBundle(t)
	before := leftovers(t, s, cfg)
	for what, change := range map[string]func(*Config){
		"nothing":         func(c *Config) { *c = Config{} },
		"no spec":         func(c *Config) { c.Spec = nil },
		"empty spec":      func(c *Config) { c.Spec = &specs.Spec{} },
		"other's text":    func(c *Config) { _, c.Text, _ = spec.LoadText(c.Bundle); c.Spec = &specs.Spec{} },
		"no bundle":       func(c *Config) { c.Bundle = "" },
		"relative bundle": func(c *Config) { c.Bundle = "." },
		"absent bundle":   func(c *Config) { c.Bundle = "/absent" },
		"no id":           func(c *Config) { c.ID = "" },
		"odd id":          func(c *Config) { c.ID = "../x" },
		"no stdio":        func(c *Config) { c.Stdio = [3]*os.File{} },
		"nil file":        func(c *Config) { c.Files = []*os.File{nil} },
		"absent pid file": func(c *Config) { c.PidFile = "/absent/pid" },
		"long socket":     func(c *Config) { c.Sockets.Console = strings.Repeat("/x", 5000) },
		"odd manager":     func(c *Config) { c.Manager = "\x00" },
	} {
		for name, do := range map[string]func(Config) (*Process, error){
			"create": func(c Config) (*Process, error) { return s.Create(t.Context(), c) },
			"run":    func(c Config) (*Process, error) { return s.Run(t.Context(), c) },
			"restore": func(c Config) (*Process, error) {
				return s.Restore(t.Context(), RestoreConfig{Config: c})
			},
			"plan": func(c Config) (*Process, error) { _, err := s.Plan(t.Context(), c); return nil, err },
		} {
			c := cfg
			change(&c)
			what := fmt.Sprintf("%s, %s", name, what)
			noPanic(t, what, func() {
				p, err := do(c)
				t.Logf("%s: %v", what, err)
				if p != nil {
					_ = s.Delete(context.Background(), c.ID, true)
					_, _ = p.Wait(t.Context())
					p.Close()
				}
			})
		}
	}
	if left := added(before, leftovers(t, s, cfg)); len(left) != 0 {
		t.Errorf("left behind: %q", left)
	}
}

// A filter of a configuration that was not checked is at most an error.
func TestUncheckedFilter(t *testing.T) {
	s := spec.Default()
	s.Linux.Seccomp = &specs.LinuxSeccomp{DefaultAction: specs.ActAllow}
	_, _ = PlanFilter(nil)
	mutate.Each(s.Linux, func(what string) {
		if strings.HasPrefix(what, "Seccomp") && !t.Failed() {
			noPanic(t, what, func() { _, _ = PlanFilter(s) })
		}
	})
}
