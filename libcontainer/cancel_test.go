package libcontainer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/oci-rt/rt/internal/waiting"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// soon returns a context that ends while something waits.
func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	t.Cleanup(cancel)
	return ctx
}

// tellWaits returns a context, and what is waited for with it.
func tellWaits(t *testing.T) (*[]string, context.Context) {
	t.Helper()
	told := new([]string)
	return told, waiting.With(t.Context(), func(what string) func() {
		*told = append(*told, what)
		return func() {}
	})
}

// Whatever waits for somebody who works on the container gives up with its context,
// says what it has waited for, and has changed nothing.
func TestLockIsCancelled(t *testing.T) {
	s, cfg := faultBundle(t)
	cfg.Spec.Process.Args = []string{"busybox", "sleep", "1000"}
	p, err := s.Create(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	c, err := s.Open(cfg.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	other, err := s.openLocked(t.Context(), cfg.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	for name, do := range map[string]func(context.Context) error{
		"delete": func(ctx context.Context) error { return s.Delete(ctx, cfg.ID, true) },
		"remove": p.Remove,
		"start":  func(ctx context.Context) error { return s.Start(ctx, cfg.ID, "") },
		"pause":  c.Pause,
		"resume": c.Resume,
		"update": func(ctx context.Context) error { return c.Update(ctx, &specs.LinuxResources{}, nil) },
	} {
		begin := time.Now()
		err := do(soon(t))
		const want = "wait for the lock of container one: "
		if !errors.Is(err, context.DeadlineExceeded) || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
		if d := time.Since(begin); d > 5*time.Second {
			t.Errorf("%s: it took %v", name, d)
		}
	}
	expectStatus(t, c, Created)
	other.Close()
	told, ctx := tellWaits(t)
	if err := s.Delete(ctx, cfg.ID, true); err != nil {
		t.Error(err)
	}
	if want := fmt.Sprintf("process %d of container one to end", p.Pid()); !slices.Contains(*told, want) {
		t.Errorf("delete waits for %q, want %q", *told, want)
	}
	_, _ = p.Wait(t.Context())
}

// The end of a process that does not end is not waited for longer than the context.
func TestEndIsCancelled(t *testing.T) {
	s, cfg := faultBundle(t)
	cfg.Spec.Process.Args = []string{"busybox", "sleep", "1000"}
	p, err := s.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	defer s.Delete(context.Background(), cfg.ID, true)
	c, err := s.Open(cfg.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	err = c.awaitEnd(soon(t), p.pidfd)
	if !errors.Is(err, context.DeadlineExceeded) || !strings.HasPrefix(err.Error(), "wait for process ") {
		t.Errorf("delete: %v", err)
	}
	err = c.Events(soon(t), time.Hour, func(*Event) error { return nil })
	if !errors.Is(err, context.DeadlineExceeded) || !strings.HasPrefix(err.Error(), "wait for events of the container: ") {
		t.Errorf("events: %v", err)
	}
}

// A start that is given up ends the process: it must not run behind the back of a
// caller that was told that it does not.
func TestStartIsCancelled(t *testing.T) {
	for name, start := range map[string]func(Store, *Process, context.Context) error{
		"own":   func(_ Store, p *Process, ctx context.Context) error { return p.Start(ctx) },
		"other": func(s Store, _ *Process, ctx context.Context) error { return s.Start(ctx, "one", "") },
	} {
		t.Run(name, func(t *testing.T) {
			s, cfg := faultBundle(t)
			before := leftovers(t, s, cfg)
			p, err := s.Create(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			if err := unix.Kill(p.Pid(), unix.SIGSTOP); err != nil {
				t.Fatal(err)
			}
			if err := start(s, p, soon(t)); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("error is %v, want that of the context", err)
			}
			if e, err := p.Wait(t.Context()); e.Signal != unix.SIGKILL || err != nil {
				t.Errorf("end: %+v, %v", e, err)
			}
			p.Close()
			if err := s.Delete(t.Context(), cfg.ID, false); err != nil {
				t.Error(err)
			}
			if left := added(before, leftovers(t, s, cfg)); len(left) != 0 {
				t.Errorf("left behind: %q", left)
			}
		})
	}
}

// A checkpoint and a restore that nobody waits for any more end with CRIU.
func TestCheckpointIsCancelled(t *testing.T) {
	s, cfg, c := running(t, nil)
	dir := t.TempDir()
	if err := os.WriteFile(dir+"/criu", []byte("#!/bin/sh\nexec sleep 1000\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	before := leftovers(t, s, cfg)
	if err := c.Checkpoint(soon(t), nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("checkpoint: %v", err)
	}
	expectStatus(t, c, Running)
	again := RestoreConfig{Config: cfg}
	again.ID = "two"
	if _, err := s.Restore(soon(t), again); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("restore: %v", err)
	}
	if left := added(before, leftovers(t, s, cfg)); len(left) != 0 {
		t.Errorf("left behind: %q", left)
	}
}

// Nothing is begun for a caller who has given up already, and no process that was
// started without an error is ended for that later.
func TestEndedContext(t *testing.T) {
	s, cfg := faultBundle(t)
	cfg.Spec.Process.Args = []string{"busybox", "sleep", "1000"}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	before := leftovers(t, s, cfg)
	if _, err := s.Create(ended, cfg); !errors.Is(err, context.Canceled) {
		t.Errorf("create: %v", err)
	}
	if _, err := s.Run(ended, cfg); !errors.Is(err, context.Canceled) {
		t.Errorf("run: %v", err)
	}
	if left := added(before, leftovers(t, s, cfg)); len(left) != 0 {
		t.Errorf("left behind: %q", left)
	}
	p, err := s.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	c, err := s.Open(cfg.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := s.Delete(ended, cfg.ID, true); !errors.Is(err, context.Canceled) {
		t.Errorf("delete: %v", err)
	}
	// Whenever the context ends: there is an error, or a process that is left alone.
	process := *cfg.Spec.Process
	process.Args = []string{"busybox", "true"}
	for i := range 100 {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Duration(i)*100*time.Microsecond, cancel)
		e, err := c.Run(ctx, ExecConfig{Process: &process, Stdio: cfg.Stdio})
		if err == nil {
			if status, err := wait(e); status != 0 || err != nil {
				t.Errorf("after %d: %d, %v", i, status, err)
			}
		} else if !errors.Is(err, context.Canceled) {
			t.Errorf("after %d: %v", i, err)
		}
		cancel()
	}
	expectStatus(t, c, Running)
	if err := s.Delete(t.Context(), cfg.ID, true); err != nil {
		t.Error(err)
	}
	if _, err := p.Wait(t.Context()); err != nil {
		t.Error(err)
	}
	p.Close()
	c.Close()
	if left := added(before, leftovers(t, s, cfg)); len(left) != 0 {
		t.Errorf("left behind: %q", left)
	}
}
