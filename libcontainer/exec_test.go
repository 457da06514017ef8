package libcontainer

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/oci-rt/rt/libcontainer/program"
	"golang.org/x/sys/unix"
)

// running starts a container whose program sleeps, and returns it.
func running(t *testing.T, change func(*Config)) (Store, Config, *Container) {
	t.Helper()
	s, cfg := faultBundle(t)
	cfg.Spec.Process.Args = []string{"busybox", "sleep", "1000"}
	if change != nil {
		change(&cfg)
	}
	f, err := s.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	pid := f.Pid()
	f.Close()
	t.Cleanup(func() {
		if err := s.Delete(context.Background(), cfg.ID, true); err != nil {
			t.Error(err)
		}
		_, _ = unix.Wait4(pid, nil, 0, nil)
	})
	c, err := s.Open(cfg.ID)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return s, cfg, c
}

// execTampered executes p with a changed program and returns the error.
func execTampered(t *testing.T, c *Container, cfg ExecConfig, tamper func(*program.Program)) error {
	t.Helper()
	cfg.tamper = tamper
	f, err := c.Run(context.Background(), cfg)
	if err != nil {
		return err
	}
	if _, err := wait(f); err != nil {
		t.Errorf("wait: %v", err)
	}
	return nil
}

func execConfig(c *Container, t *testing.T, args ...string) ExecConfig {
	t.Helper()
	s, err := c.Spec()
	if err != nil {
		t.Fatal(err)
	}
	s.Process.Args = args
	return ExecConfig{Process: s.Process, Stdio: [3]*os.File{os.Stdin, os.Stdout, os.Stderr}}
}

// leftOfExec is what an exec could leave behind: children and descriptors of
// this process, and processes in the container. A child that goes on in the
// place of its parent may need a moment to find its creator gone.
func leftOfExec(t *testing.T, c *Container) []string {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(time.Millisecond) {
		pids, err := c.state.Cgroup.Procs()
		if err != nil {
			t.Fatal(err)
		}
		for {
			if pid, err := unix.Wait4(-1, nil, unix.WNOHANG, nil); pid <= 0 || err != nil {
				break
			}
		}
		if len(pids) == 1 || time.Now().After(deadline) {
			return append(descriptors(), fmt.Sprintf("%d processes", len(pids)))
		}
	}
}

// execFaults are those of an exec of cfg in a container.
func execFaults(t *testing.T, c *Container, cfg ExecConfig) *faults {
	t.Helper()
	f := &faults{
		t:    t,
		run:  func(tamper func(*program.Program)) error { return execTampered(t, c, cfg, tamper) },
		left: func() []string { return leftOfExec(t, c) },
	}
	if err := f.run(func(p *program.Program) { f.steps = calls(p) }); err != nil {
		t.Fatal(err)
	}
	return f
}

// Besides, there is no pid file of an exec that failed.
func TestEveryStepOfExecFails(t *testing.T) {
	_, _, c := running(t, nil)
	cfg := execConfig(c, t, "busybox", "true")
	cfg.PidFile = filepath.Join(t.TempDir(), "pid")
	cfg.Process.Terminal = true
	f := execFaults(t, c, cfg)
	f.check = func(n int, err error) {
		if statErr := os.Remove(cfg.PidFile); (statErr == nil) != (err == nil) {
			t.Errorf("step %d: error %v, but the pid file says %v", n, err, statErr)
		}
	}
	_ = os.Remove(cfg.PidFile)
	if failed := f.fail(); failed < 60 {
		t.Errorf("only %d steps ran and failed", failed)
	}
}

func TestExecDiesAtEveryStep(t *testing.T) {
	_, _, c := running(t, nil)
	// On its way through a fork the wrong one of two processes may be named.
	if told, _ := execFaults(t, c, execConfig(c, t, "busybox", "true")).die(); told < 50 {
		t.Errorf("only %d deaths were reported", told)
	}
}
