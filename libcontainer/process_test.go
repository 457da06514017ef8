package libcontainer

import (
	"bufio"
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// create makes a container that others can start.
func create(t *testing.T, s Store, cfg Config) {
	t.Helper()
	p, err := s.Create(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	p.Close()
}

// wait waits for the end of a process and returns its status.
func wait(p *Process) (int, error) {
	defer p.Close()
	e, err := p.Wait(context.Background())
	return e.Status(), err
}

// waitAndRemove is wait for the first process of a container, which it removes.
func waitAndRemove(p *Process) (int, error) {
	defer p.Close()
	e, err := p.Wait(context.Background())
	return e.Status(), errors.Join(err, p.Remove(context.Background()))
}

// A wait that is given up takes nothing away: the process can be waited for again.
func TestWaitIsCancelled(t *testing.T) {
	s, cfg := faultBundle(t)
	cfg.Spec.Process.Args = []string{"busybox", "sleep", "1000"}
	p, err := s.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := p.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error is %v, want that of the context", err)
	}
	if err := p.Signal(unix.SIGTERM); err != nil {
		t.Error(err)
	}
	if err := p.Signal(unix.SIGKILL); err != nil {
		t.Error(err)
	}
	if status, err := waitAndRemove(p); status != 128+9 || err != nil {
		t.Errorf("status %d, %v", status, err)
	}
}

// A creation whose context ends leaves nothing, whatever it was about to do.
func TestCreateIsCancelled(t *testing.T) {
	s, cfg := faultBundle(t)
	cfg.Spec.Hooks = &specs.Hooks{CreateRuntime: []specs.Hook{{Path: "/bin/sleep", Args: []string{"sleep", "1000"}}}}
	before := leftovers(t, s, cfg)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	p, err := s.Create(ctx, cfg)
	if err == nil {
		p.Close()
	}
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error is %v, want that of the context", err)
	}
	if left := added(before, leftovers(t, s, cfg)); len(left) != 0 {
		t.Errorf("left behind: %q", left)
	}
}

// Processes that run hold little of what their starts needed: a caller may have hundreds.
func TestStartedForgets(t *testing.T) {
	s, cfg := faultBundle(t)
	cfg.Spec.Process.Args = []string{"busybox", "sleep", "1000"}
	cfg.OnlyHere = true
	first, err := s.Create(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	defer func() { _ = s.Delete(context.Background(), cfg.ID, true) }()
	if err := first.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	c, err := s.Open(cfg.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	second, err := c.Run(t.Context(), ExecConfig{Process: &specs.Process{Args: []string{"busybox", "sleep", "1000"}, Cwd: "/"}, Stdio: cfg.Stdio})
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	for _, p := range []*Process{second, first} { // a pid namespace ends when all that was in it is reaped
		if p.of.plan != nil || p.of.session.Plan.Program != nil || p.of.session.Process != nil {
			t.Errorf("process %d has its program, its plan or its configuration still", p.Pid())
		}
		if err := p.Signal(unix.SIGKILL); err != nil {
			t.Error(err)
		}
		if e, err := p.Wait(t.Context()); err != nil || e.Signal != unix.SIGKILL {
			t.Errorf("%+v, %v", e, err)
		}
	}
	if first.of.Container.spec != nil {
		t.Error("the container has its configuration still")
	}
}

// A process that is given up before its start ends.
func TestCloseBeforeStart(t *testing.T) {
	s, cfg := faultBundle(t)
	cfg.OnlyHere = true
	p, err := s.Create(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	p.Close()
	c, err := s.Open(cfg.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	expectStatus(t, c, Stopped)
	if err := s.Delete(context.Background(), cfg.ID, false); err != nil {
		t.Error(err)
	}
}

// All who wait for a process hear of its end, also when it has been reaped.
func TestManyWait(t *testing.T) {
	s, cfg := faultBundle(t)
	cfg.Spec.Process.Args = []string{"busybox", "sleep", "1000"}
	p, err := s.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	defer s.Delete(context.Background(), cfg.ID, true)
	exits := make(chan Exit)
	for range 20 {
		go func() {
			e, err := p.Wait(context.Background())
			if err != nil {
				t.Error(err)
			}
			exits <- e
		}()
	}
	if err := p.Signal(unix.SIGKILL); err != nil {
		t.Error(err)
	}
	first := <-exits
	for range 19 {
		if e := <-exits; e != first {
			t.Errorf("%+v, and another one heard of %+v", e, first)
		}
	}
	if e, err := p.Wait(t.Context()); e != first || e.Signal != unix.SIGKILL || err != nil {
		t.Errorf("later: %+v, %v", e, err)
	}
}

// A terminal has the size that it was told last, while the Process has it.
func TestResize(t *testing.T) {
	s, cfg := faultBundle(t)
	cfg.Spec.Process.Args = []string{"busybox", "sleep", "1000"}
	first, err := s.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	defer s.Delete(context.Background(), cfg.ID, true)
	if err := first.Resize(80, 25); !errors.Is(err, ErrWrongState) {
		t.Errorf("without a terminal: %v", err)
	}
	c, err := s.Open(cfg.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	process := *cfg.Spec.Process
	process.Terminal = true
	process.Args = []string{"busybox", "sh", "-c", "trap 'busybox stty size; exit' WINCH; echo ready; while :; do busybox sleep 0.01; done"}
	p, err := c.Run(t.Context(), ExecConfig{Process: &process, Stdio: cfg.Stdio})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	lines := bufio.NewScanner(p.Terminal)
	lines.Scan()
	if err := p.Resize(123, 45); err != nil {
		t.Error(err)
	}
	if lines.Scan(); lines.Text() != "45 123" {
		t.Errorf("the size is %q (rows and columns), want 45 123", lines.Text())
	}
	if e, err := p.Wait(t.Context()); e.Status() != 0 || err != nil {
		t.Errorf("%+v, %v", e, err)
	}
}

// What may be called at the same time, and twice, does no harm then.
func TestProcessAtTheSameTime(t *testing.T) {
	s, cfg := faultBundle(t)
	before := leftovers(t, s, cfg)
	p, err := s.Create(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	var started atomic.Int32
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			switch err := p.Start(context.Background()); {
			case err == nil:
				started.Add(1)
			case !errors.Is(err, ErrWrongState):
				t.Error(err)
			}
		})
		group.Go(func() { _ = p.Signal(unix.SIGCONT) })
		group.Go(func() {
			if e, err := p.Wait(context.Background()); e.Status() != 0 || err != nil {
				t.Errorf("%+v, %v", e, err)
			}
		})
	}
	group.Wait()
	if n := started.Load(); n != 1 {
		t.Errorf("it was started %d times", n)
	}
	if err := p.Remove(t.Context()); err != nil {
		t.Error(err)
	}
	if err := p.Remove(t.Context()); err != nil {
		t.Errorf("again: %v", err)
	}
	p.Close()
	p.Close()
	if left := added(before, leftovers(t, s, cfg)); len(left) != 0 {
		t.Errorf("left behind: %q", left)
	}
}
