package libcontainer

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/spec"
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
	groups, _ := filepath.Glob("/sys/fs/cgroup/*" + cfg.Spec.Linux.CgroupsPath)
	left = append(left, groups...)
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
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return append(left, fmt.Sprintf("%d descriptors", len(fds)))
}

// runTampered runs a container with a changed program and returns the error of
// its start.
func runTampered(t *testing.T, s Store, cfg Config, tamper func(*program.Program)) error {
	t.Helper()
	cfg.tamper = tamper
	f, err := s.Run(cfg, false)
	if err != nil {
		return err
	}
	if _, err := f.Wait(); err != nil {
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
	p, err := Plan(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Every step is made to fail, one after the other: the error names that step,
// and nothing is left of the container.
func TestEveryStepFails(t *testing.T) {
	s, cfg := faultBundle(t)
	cfg.Spec.Process.Terminal = true
	before := leftovers(t, s, cfg)
	ran := 0
	for _, n := range calls(compileFor(t, cfg)) {
		err := runTampered(t, s, cfg, func(p *program.Program) {
			if n < len(p.Steps) {
				p.Steps[n] = program.Step{Op: program.OpFail, Args: [6]program.Arg{program.Imm(unix.EIO)}, Comment: p.Steps[n].Comment}
			}
		})
		var step *StepError
		switch {
		case err == nil: // the program did not come by this step
		case !errors.As(err, &step) || step.Step != n || step.Errno != unix.EIO:
			t.Errorf("step %d: error %v, want EIO of that step", n, err)
		default:
			ran++
		}
		if diff := cmp.Diff(before, leftovers(t, s, cfg)); diff != "" {
			t.Fatalf("step %d (%v) left behind (-before +after):\n%s", n, err, diff)
		}
	}
	if ran < 150 {
		t.Errorf("only %d steps ran and failed", ran)
	}
}

// The init ends at every step, without a word: the error says at which one,
// and nothing is left of the container.
func TestInitDiesAtEveryStep(t *testing.T) {
	s, cfg := faultBundle(t)
	before := leftovers(t, s, cfg)
	told := 0
	for _, n := range calls(compileFor(t, cfg)) {
		if n%3 != 0 {
			continue // the other test runs them all
		}
		err := runTampered(t, s, cfg, func(p *program.Program) {
			if n < len(p.Steps) {
				p.Steps[n] = program.Step{Op: program.OpCall, Nr: unix.SYS_EXIT_GROUP, Args: [6]program.Arg{program.Imm(77)},
					Result: program.NoSlot, Comment: p.Steps[n].Comment}
			}
		})
		if err != nil {
			if want := fmt.Sprintf("ended with status 77 at step %d", n); !strings.Contains(err.Error(), want) {
				t.Errorf("step %d: error %q, want %q", n, err, want)
			}
			told++
		}
		if diff := cmp.Diff(before, leftovers(t, s, cfg)); diff != "" {
			t.Fatalf("step %d (%v) left behind (-before +after):\n%s", n, err, diff)
		}
	}
	if told < 50 {
		t.Errorf("only %d deaths were reported", told)
	}
}
