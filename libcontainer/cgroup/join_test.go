package cgroup

import (
	"encoding/binary"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/tests/need"
	"github.com/oci-rt/rt/tests/steps"
	specs "github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// ownPath appends steps that write /proc/self/cgroup to stdout.
func ownPath(t *testing.T, b *program.Builder) {
	busybox := need.Busybox(t)
	b.Execve(busybox, b.Strings([]string{busybox, "cat", "/proc/self/cgroup"}), b.Strings(nil))
}

func TestJoinSteps(t *testing.T) {
	c := newConfig(t)
	// A limit that is too small for anything but the init itself.
	if c.withController("memory") == "" {
		create(t, c)
	} else if err := c.Create(&specs.LinuxResources{Memory: &specs.LinuxMemory{Limit: pointer[int64](4 << 20)}}); err != nil {
		t.Fatal(err)
	}
	r := steps.Run(t, func(b *program.Builder) {
		c.JoinAllSteps(b)
		ownPath(t, b)
	})
	if r.Failure != "" || r.Status != 0 {
		t.Fatalf("%+v", r)
	}
	own := parseOwnCgroups(r.Output)
	for _, h := range c.Hierarchies {
		i := slices.IndexFunc(own, func(o ownCgroup) bool { return slices.Equal(o.controllers, h.Controllers) })
		if i < 0 || own[i].path != h.Path {
			t.Errorf("not in the %s cgroup %s:\n%s", h.name(), h.Path, r.Output)
		}
	}
}

func TestJoinFailure(t *testing.T) {
	c := newConfig(t)
	if c.Version == 2 {
		t.Skip("the init joins nothing on cgroup v2")
	}
	r := steps.Run(t, c.JoinSteps)
	want := "linux.cgroupsPath (" + c.controller("freezer").Dir() + "): join the freezer cgroup: no such file or directory"
	if r.Failure != want {
		t.Errorf("failure %q, want %q", r.Failure, want)
	}
}

func TestDir(t *testing.T) {
	each(t, func(t *testing.T, c *Config) {
		create(t, c)
		dir, err := c.Dir()
		if err != nil {
			t.Fatal(err)
		}
		h := c.unified()
		if h == nil {
			if dir != nil {
				t.Error("a directory without a unified hierarchy")
			}
			return
		}
		defer dir.Close()
		cmd := exec.Command(need.Busybox(t), "cat", "/proc/self/cgroup")
		cmd.SysProcAttr = &unix.SysProcAttr{UseCgroupFD: true, CgroupFD: int(dir.Fd())}
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), "0::"+h.Path+"\n") {
			t.Errorf("%v\n%s", err, out)
		}
	})
}

// TestJoinPremise compares the ways to bring a process into its v1 cgroups.
// If the one that JoinSteps takes is not the best any more, take the simplest.
func TestJoinPremise(t *testing.T) {
	c := newConfig(t)
	if c.Version == 2 {
		t.Skip("the init joins nothing on cgroup v2")
	}
	create(t, c)
	var self, added []time.Duration
	for range 15 {
		// The lock is cheap as long as it was taken a moment ago.
		time.Sleep(20 * time.Millisecond)
		self = append(self, timeJoinSteps(t, c))
		time.Sleep(20 * time.Millisecond)
		added = append(added, timeAdd(t, c))
	}
	slices.Sort(self)
	slices.Sort(added)
	t.Logf("JoinSteps: minimum %v, median %v; Add: minimum %v, median %v", self[0], self[7], added[0], added[7])
	if self[7] > 2*added[7] {
		t.Error("moving itself takes the init longer than being moved")
	}
}

// timeJoinSteps measures the steps by the init's own clock.
func timeJoinSteps(t *testing.T, c *Config) time.Duration {
	r := steps.Run(t, func(b *program.Builder) {
		before, after := b.Buffer(16), b.Buffer(16)
		b.Call(unix.SYS_CLOCK_GETTIME, program.Imm(unix.CLOCK_MONOTONIC), before)
		c.JoinSteps(b)
		b.Call(unix.SYS_CLOCK_GETTIME, program.Imm(unix.CLOCK_MONOTONIC), after)
		b.WriteFrom(program.Imm(1), before, 16)
		b.WriteFrom(program.Imm(1), after, 16)
	})
	if len(r.Output) != 32 {
		t.Fatalf("%+v", r)
	}
	word := func(i int) time.Duration { return time.Duration(binary.NativeEndian.Uint64([]byte(r.Output[8*i:]))) }
	return (word(2)-word(0))*time.Second + word(3) - word(1)
}

func timeAdd(t *testing.T, c *Config) time.Duration {
	cmd := exec.Command(need.Busybox(t), "cat")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	v1 := Config{Version: 1, Hierarchies: slices.DeleteFunc(slices.Clone(c.Hierarchies), func(h Hierarchy) bool { return h.unified() })}
	start := time.Now()
	err = v1.Add(cmd.Process.Pid)
	took := time.Since(start)
	if err != nil {
		t.Error(err)
	}
	in.Close()
	cmd.Wait()
	return took
}
