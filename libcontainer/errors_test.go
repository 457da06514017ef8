package libcontainer

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// sentinels are all of this package.
func sentinels() map[string]error {
	return map[string]error{
		"exist": ErrExist, "not exist": ErrNotExist, "not running": ErrNotRunning, "not paused": ErrNotPaused, "stopped": ErrStopped,
		"paused": ErrPaused, "wrong state": ErrWrongState, "busy": ErrBusy, "bad state": ErrBadState, "no program": ErrProgramNotFound,
		"denied": ErrProgramDenied, "user namespace": ErrNeedsUserNamespace, "no systemd": ErrNoSystemd,
	}
}

// wantIs checks that an error is those sentinels, and no others.
func wantIs(t *testing.T, what string, err error, want ...error) {
	t.Helper()
	for name, s := range sentinels() {
		if errors.Is(err, s) != slices.Contains(want, s) {
			t.Errorf("%s: %q: is %s: %v", what, err, name, errors.Is(err, s))
		}
	}
}

// lifeOf makes a container that a test brings into one state after the other.
func lifeOf(t *testing.T) (Store, Config, *Process, *Container) {
	t.Helper()
	s, cfg := faultBundle(t)
	cfg.Spec.Process.Args = []string{"busybox", "sleep", "1000"}
	p, err := s.Create(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	c, err := s.Open(cfg.ID)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = s.Delete(context.Background(), cfg.ID, true)
		p.Close()
		c.Close()
	})
	return s, cfg, p, c
}

// What callers branch on, in each state of a container.
func TestErrorsOfStates(t *testing.T) {
	s, cfg, p, c := lifeOf(t)
	ctx := t.Context()
	exec := func() error {
		process := *cfg.Spec.Process
		p, err := c.Exec(ctx, ExecConfig{Process: &process, Stdio: cfg.Stdio})
		if err == nil {
			p.Close()
		}
		return err
	}
	_, err := s.Create(ctx, cfg)
	wantIs(t, "create again", err, ErrExist)
	_, err = s.Open("two")
	wantIs(t, "open another", err, ErrNotExist)
	wantIs(t, "delete another", s.Delete(ctx, "two", false), ErrNotExist)
	wantIs(t, "start another", s.Start(ctx, "two", ""), ErrNotExist)
	wantIs(t, "resume a created one", c.Resume(ctx), ErrNotPaused)
	wantIs(t, "remove a running one's", p.Start(ctx))
	wantIs(t, "start again", p.Start(ctx), ErrWrongState)
	wantIs(t, "start a running one", s.Start(ctx, cfg.ID, ""), ErrWrongState)
	wantIs(t, "delete a running one", s.Delete(ctx, cfg.ID, false), ErrWrongState)
	wantIs(t, "pause", c.Pause(ctx))
	wantIs(t, "pause again", c.Pause(ctx), ErrNotRunning)
	wantIs(t, "exec in a paused one", exec(), ErrPaused)
	wantIs(t, "start a paused one", s.Start(ctx, cfg.ID, ""), ErrWrongState)
	wantIs(t, "resume", c.Resume(ctx))
	wantIs(t, "kill", c.Signal(ctx, unix.SIGKILL, false))
	if _, err := p.Wait(ctx); err != nil {
		t.Fatal(err)
	}
	wantIs(t, "exec in a stopped one", exec(), ErrStopped)
	wantIs(t, "kill a stopped one", c.Signal(ctx, unix.SIGKILL, false), ErrNotRunning)
	wantIs(t, "pause a stopped one", c.Pause(ctx), ErrNotRunning)
	wantIs(t, "resume a stopped one", c.Resume(ctx), ErrNotPaused)
	wantIs(t, "update a stopped one", c.Update(ctx, &specs.LinuxResources{}, nil), ErrNotRunning)
	_, err = c.Stats()
	wantIs(t, "stats of a stopped one", err)
	wantIs(t, "start a stopped one", s.Start(ctx, cfg.ID, ""), ErrWrongState)
	if err := os.WriteFile(filepath.Join(s.Root, cfg.ID, "state.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = s.Open(cfg.ID)
	wantIs(t, "open a damaged one", err, ErrBadState)
	wantIs(t, "delete a damaged one", s.Delete(ctx, cfg.ID, false), ErrBadState)
}

// A program that cannot be executed, by container and exec.
func TestErrorsOfPrograms(t *testing.T) {
	s, cfg, p, c := lifeOf(t)
	if err := p.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(cfg.Bundle, "rootfs", "bin")
	for name, mode := range map[string]os.FileMode{"denied": 0o600, "script": 0o700} {
		if err := os.WriteFile(filepath.Join(bin, name), []byte("#!/no/interpreter\n"), mode); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		program string
		want    []error
		errno   error
	}{
		{"absent", []error{ErrProgramNotFound}, fs.ErrNotExist},
		{"/absent", []error{ErrProgramNotFound}, fs.ErrNotExist},
		{"/bin/busybox/x", []error{ErrProgramNotFound}, unix.ENOTDIR},
		{"script", []error{ErrProgramNotFound}, fs.ErrNotExist},
		{"denied", []error{ErrProgramDenied}, fs.ErrPermission},
		{"/bin/denied", []error{ErrProgramDenied}, fs.ErrPermission},
		{"/bin", []error{ErrProgramDenied}, fs.ErrPermission},
	} {
		process := *cfg.Spec.Process
		process.Args = []string{tt.program}
		e, err := c.Run(context.Background(), ExecConfig{Process: &process, Stdio: cfg.Stdio})
		if err == nil {
			e.Close()
		}
		wantIs(t, "exec "+tt.program, err, tt.want...)
		other := cfg
		own := *cfg.Spec
		own.Process, own.Linux = &process, new(specs.Linux)
		*own.Linux = *cfg.Spec.Linux
		own.Linux.CgroupsPath += "-two"
		other.ID, other.Spec = "two", &own
		r, runErr := s.Run(t.Context(), other)
		if runErr == nil {
			r.Close()
		}
		wantIs(t, "run "+tt.program, runErr, tt.want...)
		if !errors.Is(err, tt.errno) || !errors.Is(runErr, tt.errno) {
			t.Errorf("%s: %v, %v, want %v in them", tt.program, err, runErr, tt.errno)
		}
	}
	// What else cannot be found is not the program.
	process := *cfg.Spec.Process
	process.Cwd = "/absent"
	_, err := c.Run(context.Background(), ExecConfig{Process: &process, Stdio: cfg.Stdio})
	wantIs(t, "exec without cwd", err)
	process.Cwd = ""
	_, err = c.Run(context.Background(), ExecConfig{Process: &process, Stdio: cfg.Stdio})
	wantIs(t, "exec with a wrong process", err)
	if !errors.As(err, new(spec.Faults)) {
		t.Errorf("exec with a wrong process: %v, want faults", err)
	}
	// Nor what the caller asked for in vain.
	var o *OptionError
	_, err = c.Exec(t.Context(), ExecConfig{Process: cfg.Spec.Process, Stdio: cfg.Stdio, Sockets: Sockets{Pidfd: "/absent"}})
	if wantIs(t, "socket", err); !errors.As(err, &o) || o.Option != "Sockets.Pidfd" {
		t.Errorf("socket: %v", err)
	}
}
