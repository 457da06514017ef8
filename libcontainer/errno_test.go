package libcontainer

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/oci-rt/rt/libcontainer/creator"
	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/tests/need"
	"github.com/oci-rt/rt/tests/reliability"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// System calls with these numbers do not exist. A filter of the thread that starts a
// program answers each with the errno that is its distance from the first: so a step gets
// an errno from the kernel, and does with it what the program says.
const (
	firstErrnoCall = 3000
	lastErrnoCall  = firstErrnoCall + 133
)

// whereCallsFail calls f on a thread with this filter, which ends with f.
func whereCallsFail(t *testing.T, f func()) {
	t.Helper()
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		err := filterErrnoCalls()
		if err == nil {
			f()
		}
		done <- err
	}()
	if err := <-done; err != nil {
		t.Fatalf("filter: %v", err)
	}
}

func filterErrnoCalls() error {
	const returnErrno = 0x00050000 // SECCOMP_RET_ERRNO
	const allow = 0x7fff0000       // SECCOMP_RET_ALLOW
	filter := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: 0}, // the number
		{Code: unix.BPF_JMP | unix.BPF_JGE | unix.BPF_K, K: firstErrnoCall, Jf: 4},
		{Code: unix.BPF_JMP | unix.BPF_JGT | unix.BPF_K, K: lastErrnoCall, Jt: 3},
		{Code: unix.BPF_ALU | unix.BPF_SUB | unix.BPF_K, K: firstErrnoCall},
		{Code: unix.BPF_ALU | unix.BPF_OR | unix.BPF_K, K: returnErrno},
		{Code: unix.BPF_RET | unix.BPF_A},
		{Code: unix.BPF_RET | unix.BPF_K, K: allow},
	}
	return loadFilter(filter)
}

// stepErrnos are those that a step may meet on a sound machine that lacks something. EINTR
// is not among them: nothing in the init handles a signal.
var stepErrnos = []unix.Errno{unix.EIO, unix.ENOMEM, unix.EMFILE, unix.ENOSPC, unix.EACCES, unix.EPERM, unix.EBUSY}

// sampleOfErrnos is how many pairs of step and errno there are for one that make test
// tries. It is a prime, so that all errnos come by.
const sampleOfErrnos = 149

// meet has each step get each errno, or one, another one at each step. The error names the step and the setting, unless
// the program knows what to do. It returns how many runs failed.
func (f *faults) meet(each bool) (failed, tried int) {
	f.t.Helper()
	whereCallsFail(f.t, func() {
		before := f.left()
		for i, n := range f.steps {
			for j, errno := range stepErrnos {
				one := j == i%len(stepErrnos)
				if need.Whole() && !one && !each || !need.Sampled(i*len(stepErrnos)+j, sampleOfErrnos) {
					continue
				}
				tried++
				if f.meetOne(n, errno) != nil {
					failed++
				}
				if left := added(before, f.left()); len(left) != 0 {
					f.t.Errorf("step %d, %v: left behind: %q", n, errno, left)
					return
				}
			}
		}
	})
	f.t.Logf("%d faults, of which %d ended the start", tried, failed)
	return failed, tried
}

// meetOne has one step get one errno.
func (f *faults) meetOne(n int, errno unix.Errno) error {
	known := false
	origin := ""
	err := f.run(func(p *program.Program) {
		if n >= len(p.Steps) {
			return
		}
		s := &p.Steps[n]
		origin = p.Origin(n).String()
		for _, o := range s.On {
			if o.Errno != errno && o.Errno != program.AnyErrno {
				continue
			}
			if known = true; o.To <= n {
				return // it would try again for ever
			}
		}
		s.Nr = firstErrnoCall + uintptr(errno)
	})
	var step *creator.StepError
	switch {
	case err == nil || known:
		return err
	case !errors.As(err, &step) || step.Step != n || step.Errno != errno:
		f.t.Errorf("step %d (%s), %v: %v", n, origin, errno, err)
	case origin == "" || !strings.HasPrefix(err.Error(), f.prefix) || !strings.Contains(err.Error(), origin) ||
		!strings.Contains(err.Error(), errno.Error()):
		f.t.Errorf("step %d (%s), %v: unclear: %v", n, origin, errno, err)
	}
	return err
}

// TestEveryStepMeetsErrno: the programs of the golden files, as far as this machine can
// run them, with each step in turn getting each errno from the kernel.
func TestEveryStepMeetsErrno(t *testing.T) {
	for _, name := range []string{"default", "docker", "podman", "pause"} {
		t.Run(name, func(t *testing.T) {
			s, cfg := engineBundle(t, name)
			startFaults(t, s, cfg).mustMeet(150, name == "default")
		})
	}
	t.Run("user", func(t *testing.T) {
		s, cfg := engineBundle(t, "docker")
		ids := []specs.LinuxIDMapping{{ContainerID: 0, HostID: 100000, Size: 65536}}
		cfg.Spec.Linux.UIDMappings, cfg.Spec.Linux.GIDMappings = ids, ids
		cfg.Spec.Linux.Namespaces = append(cfg.Spec.Linux.Namespaces, specs.LinuxNamespace{Type: specs.UserNamespace})
		cfg.Spec.Linux.Sysctl = nil // it names ids that are not mapped
		giveAway(t, cfg.Bundle, 100000)
		startFaults(t, s, cfg).mustMeet(150, false)
	})
	t.Run("exec", func(t *testing.T) {
		_, _, c := running(t, nil)
		cfg := execConfig(c, t, "busybox", "true")
		cfg.Process.Terminal = true
		execFaults(t, c, cfg).mustMeet(50, true)
	})
	t.Run("hook", func(t *testing.T) {
		s, cfg := faultBundle(t)
		cfg.Spec.Hooks = &specs.Hooks{CreateContainer: []specs.Hook{{Path: "/bin/true"}}}
		hookFaults(t, s, cfg).mustMeet(20, true)
	})
}

// mustMeet is meet for a program of which so many steps and errnos end the start.
func (f *faults) mustMeet(want int, each bool) {
	f.t.Helper()
	failed, tried := f.meet(each)
	if need.Whole() && failed < want {
		f.t.Errorf("only %d runs failed", failed)
	}
	reliability.Record(f.t, tried)
}

// engineBundle makes a bundle of a configuration that an engine has written, with what
// it names on this machine.
func engineBundle(t *testing.T, name string) (Store, Config) {
	t.Helper()
	store, cfg := faultBundle(t)
	data, err := os.ReadFile(filepath.Join("..", "spec", "testdata", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var s specs.Spec
	if err := json.Unmarshal(data, &s); err != nil {
		t.Fatal(err)
	}
	s.Process.Args, s.Process.Env, s.Process.Terminal = []string{"busybox", "true"}, []string{"PATH=/bin"}, false
	s.Linux.Resources.CPU = nil // two shares are none on a busy machine
	// These need no CAP_SYS_RESOURCE.
	s.Process.Rlimits = []specs.POSIXRlimit{{Type: "RLIMIT_NOFILE", Soft: 512, Hard: 512}}
	if adj := 100; s.Process.OOMScoreAdj != nil {
		s.Process.OOMScoreAdj = &adj
	}
	s.Linux.CgroupsPath = cfg.Spec.Linux.CgroupsPath
	for i, m := range s.Mounts {
		if m.Type == "bind" || slices.Contains(m.Options, "bind") || slices.Contains(m.Options, "rbind") {
			s.Mounts[i].Source = makeSource(t, cfg.Bundle, i, m.Destination)
		}
	}
	for i, n := range s.Linux.Namespaces {
		if n.Path != "" {
			s.Linux.Namespaces[i].Path = fmt.Sprintf("/proc/%d/ns/net", processWithNetwork(t))
		}
	}
	cfg.Spec = &s
	return store, cfg
}

// giveAway makes a bundle one that the root of a user namespace can use.
func giveAway(t *testing.T, dir string, owner int) {
	t.Helper()
	err := errors.Join(os.Chmod(filepath.Dir(dir), 0o755), os.Chown(filepath.Join(dir, "rootfs"), owner, owner))
	if err != nil {
		t.Fatal(err)
	}
}

// makeSource makes what a bind mount wants: a directory for shared memory, or a file.
func makeSource(t *testing.T, dir string, i int, destination string) string {
	t.Helper()
	path := filepath.Join(dir, fmt.Sprint("source", i))
	err := os.Mkdir(path, 0o755)
	if destination != "/dev/shm" && err == nil {
		path = filepath.Join(path, "file")
		err = os.WriteFile(path, nil, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// processWithNetwork starts a process that has a network namespace of its own.
func processWithNetwork(t *testing.T) int {
	t.Helper()
	cmd := exec.Command("sleep", "1000")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNET}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	return cmd.Process.Pid
}
