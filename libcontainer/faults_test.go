package libcontainer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/oci-rt/rt/libcontainer/creator"
	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/spec"
	"github.com/oci-rt/rt/tests/leak"
	"github.com/oci-rt/rt/tests/need"
	"golang.org/x/sys/unix"
)

// faultBundle makes a bundle whose program is "true" and returns a config for
// containers of it.
func faultBundle(t *testing.T) (Store, Config) {
	need.Root(t)
	busybox := need.Busybox(t)
	dir := t.TempDir()
	bin := filepath.Join(dir, "rootfs", "bin")
	if err := os.MkdirAll(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("cp", busybox, filepath.Join(bin, "busybox")).CombinedOutput(); err != nil {
		t.Fatalf("cp: %v: %s", err, out)
	}
	s := spec.Default()
	s.Process.Terminal = false
	s.Process.Args = []string{"busybox", "true"}
	s.Process.Env = []string{"PATH=/bin"}
	s.Linux.CgroupsPath = fmt.Sprintf("/rt-faults-%d", os.Getpid())
	cfg := Config{ID: "one", Bundle: dir, Spec: s, Stdio: [3]*os.File{os.Stdin, os.Stdout, os.Stderr}}
	return Store{Root: filepath.Join(dir, "state")}, cfg
}

// leftovers lists what a container could leave behind: its state, its
// cgroups, mounts, children and descriptors of this process.
func leftovers(t *testing.T, s Store, cfg Config) []string {
	t.Helper()
	var left []string
	ids, _ := s.IDs()
	for _, id := range ids {
		left = append(left, "state of "+id)
	}
	for _, path := range []string{cfg.Spec.Linux.CgroupsPath, cfg.Spec.Linux.CgroupsPath + "-*"} {
		groups, _ := filepath.Glob("/sys/fs/cgroup/*" + path)
		left = append(left, groups...)
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(mounts), cfg.Bundle) {
		left = append(left, "mounts of the bundle")
	}
	if pid, err := unix.Wait4(-1, nil, unix.WNOHANG, nil); err != unix.ECHILD {
		left = append(left, fmt.Sprintf("child %d (%v)", pid, err))
	}
	return append(left, descriptors()...)
}

// descriptors lists those of this process.
func descriptors() []string {
	return leak.OpenDescriptors().Since(nil)
}

// added lists what is left after something and was not before. What was left
// before may go meanwhile: files that the garbage collector closes.
func added(before, after []string) []string {
	return slices.DeleteFunc(after, func(s string) bool { return slices.Contains(before, s) })
}

// runTampered runs a container with a changed program and returns the error of
// its start.
func runTampered(t *testing.T, s Store, cfg Config, tamper func(*program.Program)) error {
	t.Helper()
	cfg.tamper = tamper
	f, err := s.Run(t.Context(), cfg)
	if err != nil {
		return err
	}
	if _, err := waitAndRemove(f); err != nil {
		t.Errorf("wait: %v", err)
	}
	return nil
}

// calls lists the steps of a program that are system calls, which can fail.
func calls(p *program.Program) []int {
	var list []int
	for n := program.Entry; n < len(p.Steps); n++ {
		if p.Steps[n].Op == program.OpCall {
			list = append(list, n)
		}
	}
	return list
}

// compileFor compiles the program that a config runs.
func compileFor(t *testing.T, cfg Config) *program.Program {
	t.Helper()
	p, err := Store{}.Plan(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return p.Program
}

// faults runs a program over and over, each time with another of its steps
// made to go wrong, and checks that nothing is left behind.
type faults struct {
	t      *testing.T
	steps  []int
	run    func(tamper func(*program.Program)) error // returns the error of the start
	left   func() []string
	prefix string                 // of every error
	check  func(n int, err error) // is told of every run; it may be nil
}

// fail makes the steps fail: the error names each. It returns how many failed;
// the program does not come by the others.
func (f *faults) fail() (failed int) {
	f.each(program.Step{Op: program.OpFail, Args: [6]program.Arg{program.Imm(unix.EIO)}}, func(n int, err error) {
		var step *creator.StepError
		if !errors.As(err, &step) || step.Step != n || step.Errno != unix.EIO || !strings.HasPrefix(err.Error(), f.prefix) {
			f.t.Errorf("step %d: error %v, want EIO of that step", n, err)
		}
		failed++
	})
	return failed
}

// die has the process end at the steps, without a word. It returns how many
// errors said at which step, and how many named another one: those of the
// first step, before which nobody can tell, and where two processes are on
// their way.
func (f *faults) die() (told, wrong int) {
	exit := program.Step{Op: program.OpCall, Nr: unix.SYS_EXIT_GROUP, Args: [6]program.Arg{program.Imm(77)}, Result: program.NoSlot}
	f.each(exit, func(n int, err error) {
		if strings.Contains(err.Error(), fmt.Sprintf("ended with status 77 at step %d", n)) {
			told++
		} else {
			wrong++
			f.t.Logf("step %d: %v", n, err)
		}
	})
	return told, wrong
}

// each puts bad in the place of each step in turn, and tells failed of each
// error.
func (f *faults) each(bad program.Step, failed func(n int, err error)) {
	f.t.Helper()
	before := f.left()
	for _, n := range f.steps {
		err := f.run(func(p *program.Program) {
			if n < len(p.Steps) {
				bad.Comment = p.Steps[n].Comment
				p.Steps[n] = bad
			}
		})
		if err != nil {
			failed(n, err)
		}
		if f.check != nil {
			f.check(n, err)
		}
		if left := added(before, f.left()); len(left) != 0 {
			f.t.Fatalf("step %d (%v) left behind: %q", n, err, left)
		}
	}
}

// startFaults are those of a container's start.
func startFaults(t *testing.T, s Store, cfg Config) *faults {
	return &faults{
		t:     t,
		steps: calls(compileFor(t, cfg)),
		run:   func(tamper func(*program.Program)) error { return runTampered(t, s, cfg, tamper) },
		left:  func() []string { return leftovers(t, s, cfg) },
	}
}

func TestEveryStepFails(t *testing.T) {
	s, cfg := faultBundle(t)
	cfg.Spec.Process.Terminal = true
	f, want := startFaults(t, s, cfg), 150
	if testing.Short() {
		f.steps, want = third(f.steps, 1), want/3
	}
	if failed := f.fail(); failed < want {
		t.Errorf("only %d steps ran and failed", failed)
	}
}

// TestEveryStepOfRootCopyFails: the steps that --no-pivot adds are not in other
// programs.
func TestEveryStepOfRootCopyFails(t *testing.T) {
	s, cfg := faultBundle(t)
	cfg.NoPivot = true
	p := compileFor(t, cfg)
	f := startFaults(t, s, cfg)
	f.steps = slices.DeleteFunc(f.steps, func(n int) bool {
		o := p.Origin(n)
		return o.Path != "" || !strings.Contains(o.Doing, "host's") && !strings.Contains(o.Doing, "root of the mount namespace")
	})
	if failed := f.fail(); failed < 15 {
		t.Errorf("only %d steps ran and failed", failed)
	}
}

// third returns every third step, counted from 0, 1 or 2.
func third(steps []int, from int) []int {
	return slices.DeleteFunc(steps, func(n int) bool { return n%3 != from })
}

func TestInitDiesAtEveryStep(t *testing.T) {
	s, cfg := faultBundle(t)
	f := startFaults(t, s, cfg)
	f.steps = third(f.steps, 0) // the other test runs them all
	if told, wrong := f.die(); told < 50 || wrong > 0 {
		t.Errorf("%d deaths were reported, %d others wrongly", told, wrong)
	}
}
