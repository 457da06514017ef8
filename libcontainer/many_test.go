package libcontainer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// drive lets goroutines live the lives of so many containers.
func drive(t *testing.T, containers, workers int, live func(i int) error) {
	t.Helper()
	numbers := make(chan int)
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for i := range numbers {
				if err := live(i); err != nil {
					t.Errorf("c%d: %v", i, err)
				}
			}
		})
	}
	for i := range containers {
		numbers <- i
	}
	close(numbers)
	group.Wait()
}

// numbered returns the configuration of one of many containers.
func numbered(cfg Config, i int) Config {
	spec, linux := *cfg.Spec, *cfg.Spec.Linux
	cfg.ID, cfg.OnlyHere = fmt.Sprintf("c%d", i), i%2 == 0
	linux.CgroupsPath += "-" + cfg.ID
	spec.Linux = &linux
	cfg.Spec = &spec
	return cfg
}

// life is that of one of many containers.
type life struct {
	i     int
	store Store
	cfg   Config
	first *Process
	c     *Container
	ctx   context.Context
}

// live is the life of one container: it is made, started, entered, held, killed and
// deleted, each in one of several ways.
func live(ctx context.Context, s Store, cfg Config, i int) (err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	l := &life{i: i, store: s, cfg: numbered(cfg, i), ctx: ctx}
	if l.first, err = s.Create(ctx, l.cfg); err != nil {
		return err
	}
	defer l.first.Close()
	defer func() { err = errors.Join(err, s.Delete(context.Background(), l.cfg.ID, true)) }()
	if err := l.first.Start(ctx); err != nil {
		return err
	}
	if l.c, err = s.Open(l.cfg.ID); err != nil {
		return err
	}
	defer l.c.Close()
	for _, step := range []func() error{l.exec, l.execInVain, l.hold, l.kill} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// run executes a command in the container.
func (l *life) run(ctx context.Context, args ...string) (*Process, error) {
	process := *l.cfg.Spec.Process
	process.Args = append([]string{"busybox"}, args...)
	return l.c.Run(ctx, ExecConfig{Process: &process, Stdio: l.cfg.Stdio})
}

// exec executes something that ends.
func (l *life) exec() error {
	want := l.i % 200
	p, err := l.run(l.ctx, "sh", "-c", "exit "+strconv.Itoa(want))
	if err != nil {
		return err
	}
	if status, err := wait(p); status != want || err != nil {
		return fmt.Errorf("exec: status %d, %w", status, err)
	}
	return nil
}

// execInVain executes what does not exist, or with a context that has ended.
func (l *life) execInVain() error {
	ctx, cancel := context.WithCancel(l.ctx)
	name, want := "sleep", context.Canceled
	if l.i%2 == 0 {
		name, want = "/absent", ErrProgramNotFound
	} else {
		cancel()
	}
	defer cancel()
	process := *l.cfg.Spec.Process
	process.Args = []string{name, "1000"}
	p, err := l.c.Run(ctx, ExecConfig{Process: &process, Stdio: l.cfg.Stdio})
	if err == nil {
		p.Close()
	}
	if !errors.Is(err, want) {
		return fmt.Errorf("exec in vain: %w, want %w", err, want)
	}
	return nil
}

// hold freezes the container or changes its limits.
func (l *life) hold() error {
	if l.i%3 == 0 {
		return errors.Join(l.c.Pause(l.ctx), l.c.Resume(l.ctx))
	}
	return l.c.Update(l.ctx, &specs.LinuxResources{}, nil)
}

// kill ends the container while another process runs in it, and is waited for.
func (l *life) kill() error {
	other, err := l.run(l.ctx, "sleep", "1000")
	if err != nil {
		return err
	}
	ended := make(chan error)
	go func() {
		status, err := wait(other)
		if status != 128+9 {
			err = fmt.Errorf("end of the exec: %d, %w", status, err)
		}
		ended <- err
	}()
	switch l.i % 3 {
	case 0:
		err = l.c.Signal(l.ctx, unix.SIGKILL, true)
	case 1:
		err = l.first.Signal(unix.SIGKILL) // takes the pid namespace with it
	case 2:
		err = l.store.Delete(l.ctx, l.cfg.ID, true)
	}
	exit, waitErr := l.first.Wait(l.ctx)
	if exit.Signal != unix.SIGKILL || exit.Rusage.Maxrss == 0 {
		waitErr = fmt.Errorf("end: %+v, %w", exit, waitErr)
	}
	return errors.Join(err, waitErr, <-ended)
}

// many is how many containers there are: RT_CONTAINERS, or what takes some seconds.
func many(t *testing.T) int {
	t.Helper()
	if testing.Short() {
		return 20
	}
	if n, err := strconv.Atoi(os.Getenv("RT_CONTAINERS")); err == nil {
		return n
	}
	return 200
}

// TestManyContainers: one process has many containers, one after the other and at the
// same time, and nothing of them is left in it: no descriptor, thread, goroutine or
// child.
func TestManyContainers(t *testing.T) {
	s, cfg := silentBundle(t)
	cfg.Spec.Process.Args = []string{"busybox", "sleep", "1000"}
	const workers = 16
	do := func(i int) error { return live(t.Context(), s, cfg, i) }
	drive(t, workers, workers, do) // so that there are all threads
	goroutines := runtime.NumGoroutine()
	drive(t, many(t), workers, do)
	checkThreads(t, workers)
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // it closes what others forget to
	before := leftovers(t, s, cfg)
	drive(t, 2*workers, workers, do)
	atTheSameTime(t, s, cfg, many(t)/4, workers)
	if left := added(before, leftovers(t, s, cfg)); len(left) != 0 {
		t.Errorf("left behind: %q", left)
	}
	for end := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > goroutines && time.Now().Before(end); {
		time.Sleep(time.Millisecond) // some have said that they are done, and end
	}
	if after := runtime.NumGoroutine(); after > goroutines {
		stacks := make([]byte, 1<<16)
		t.Errorf("%d goroutines, %d before:\n%s", after, goroutines, stacks[:runtime.Stack(stacks, true)])
	}
}

// atTheSameTime has so many containers at once, each of which is waited for: that
// takes no thread.
func atTheSameTime(t *testing.T, s Store, cfg Config, containers, workers int) {
	t.Helper()
	processes := make([]*Process, containers)
	t.Cleanup(func() { // of a test that fails
		for i := range containers {
			_ = s.Delete(context.Background(), numbered(cfg, i).ID, true)
		}
	})
	drive(t, containers, workers, func(i int) (err error) {
		processes[i], err = s.Run(t.Context(), numbered(cfg, i))
		return err
	})
	if t.Failed() {
		t.FailNow()
	}
	var waits sync.WaitGroup
	for _, p := range processes {
		waits.Go(func() {
			if e, err := p.Wait(t.Context()); e.Signal != unix.SIGKILL || err != nil {
				t.Errorf("%+v, %v", e, err)
			}
		})
	}
	time.Sleep(20 * time.Millisecond)
	checkThreads(t, workers)
	drive(t, containers, workers, func(i int) error {
		return s.Delete(t.Context(), numbered(cfg, i).ID, true)
	})
	waits.Wait()
	for _, p := range processes {
		p.Close()
	}
}

// checkThreads checks that there are no more threads than may be in a system call:
// those of the workers, and some of the Go runtime's own.
func checkThreads(t *testing.T, workers int) {
	t.Helper()
	list, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Fatal(err)
	}
	if n := len(list); n > workers+16 {
		t.Errorf("%d threads", n)
	}
}
