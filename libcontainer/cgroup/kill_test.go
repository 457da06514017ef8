package cgroup

import (
	"context"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// nested returns c with a cgroup below it in every hierarchy, as the processes
// of a container may make them.
func nested(t *testing.T, c *Config, name string) *Config {
	t.Helper()
	n := *c
	n.Hierarchies = slices.Clone(c.Hierarchies)
	for i := range n.Hierarchies {
		n.Hierarchies[i].Path += "/" + name
	}
	create(t, &n)
	return &n
}

func TestProcs(t *testing.T) {
	each(t, func(t *testing.T, c *Config) {
		if pids, err := c.Procs(); len(pids) != 0 || err != nil {
			t.Errorf("%v, %v without a cgroup", pids, err)
		}
		create(t, c)
		a := start(t, c, "exec sleep 100").Process.Pid
		b := start(t, nested(t, c, "below"), "exec sleep 100").Process.Pid
		pids, err := c.Procs()
		slices.Sort(pids)
		want := []int{a, b}
		slices.Sort(want)
		if !slices.Equal(pids, want) || err != nil {
			t.Errorf("%v, %v, want %v", pids, err, want)
		}
	})
}

func TestKill(t *testing.T) {
	each(t, func(t *testing.T, c *Config) {
		if err := c.Kill(context.Background(), unix.SIGKILL); err != nil {
			t.Error("without a cgroup:", err)
		}
		create(t, c)
		for _, sig := range []unix.Signal{unix.SIGKILL, unix.SIGUSR1} {
			a := start(t, c, "exec sleep 100")
			b := start(t, nested(t, c, "below"), "exec sleep 100")
			eventually(t, "two processes", func() bool { pids, _ := c.Procs(); return len(pids) == 2 })
			time.Sleep(10 * time.Millisecond) // let both execute sleep
			if err := c.Kill(context.Background(), sig); err != nil {
				t.Fatal(err)
			}
			for _, cmd := range []*exec.Cmd{a, b} {
				if got := endOf(t, cmd); got != sig {
					t.Errorf("ended by %v, want %v", got, sig)
				}
			}
		}
	})
}

// A process that the v1 freezer holds dies when it is thawed, not before.
func TestKillFrozen(t *testing.T) {
	each(t, func(t *testing.T, c *Config) {
		create(t, c)
		cmd := start(t, c, "exec sleep 100")
		if err := c.Freeze(context.Background()); err != nil {
			t.Fatal(err)
		}
		if err := c.Kill(context.Background(), unix.SIGKILL); err != nil {
			t.Fatal(err)
		}
		if got := endOf(t, cmd); got != unix.SIGKILL {
			t.Errorf("ended by %v", got)
		}
		if frozen, err := c.Frozen(); frozen || err != nil {
			t.Errorf("Frozen = %v, %v after Kill", frozen, err)
		}
	})
}

// The processes of a container can freeze themselves, in cgroups that they
// make.
func TestKillFrozenBelow(t *testing.T) {
	each(t, func(t *testing.T, c *Config) {
		create(t, c)
		below := nested(t, c, "below")
		cmd := start(t, below, "exec sleep 100")
		if err := below.Freeze(context.Background()); err != nil {
			t.Fatal(err)
		}
		if err := c.Kill(context.Background(), unix.SIGKILL); err != nil {
			t.Fatal(err)
		}
		if got := endOf(t, cmd); got != unix.SIGKILL {
			t.Errorf("ended by %v", got)
		}
	})
}

// What cannot die is named with the reason.
func TestWhyAlive(t *testing.T) {
	c := newConfig(t)
	create(t, c)
	below := nested(t, c, "below")
	pid := start(t, below, "exec sleep 100").Process.Pid
	eventually(t, "it sleeps", func() bool { return comm(pid) == "sleep\n" && below.WhyAlive(pid) == "sleep, S (sleeping)" })
	if c.controller("freezer") == nil {
		t.Skip("only the freezer of cgroup v1 keeps a killed process")
	}
	t.Cleanup(func() { c.Thaw() }) // or nobody could reap it
	if err := c.Freeze(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := below.Kill(context.Background(), unix.SIGKILL); err != nil {
		t.Error(err)
	}
	const frozen = "; a cgroup above the container's is frozen"
	if got := below.WhyAlive(pid); !strings.HasPrefix(got, "sleep, D (disk sleep)") || !strings.HasSuffix(got, frozen) {
		t.Errorf("a frozen process: %q", got)
	}
	if got := below.WhyAlive(1 << 30); got != "no longer there"+frozen {
		t.Errorf("no process: %q", got)
	}
}

// A signal other than SIGKILL must not thaw a paused container.
func TestKillKeepsFrozen(t *testing.T) {
	each(t, func(t *testing.T, c *Config) {
		create(t, c)
		start(t, c, "exec sleep 100")
		if err := c.Freeze(context.Background()); err != nil {
			t.Fatal(err)
		}
		if err := c.Kill(context.Background(), unix.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if frozen, err := c.Frozen(); !frozen || err != nil {
			t.Errorf("Frozen = %v, %v", frozen, err)
		}
	})
}

// No process must escape by forking: neither the kernel's way of killing nor
// ours may miss one.
func TestKillForking(t *testing.T) {
	script := "loop() { sleep 0.001 & (loop) & exit; }; loop"
	each(t, func(t *testing.T, c *Config) { killForking(t, c, script) })
	t.Run("no unified", func(t *testing.T) {
		c := newConfig(t)
		c.Hierarchies = slices.DeleteFunc(c.Hierarchies, func(h Hierarchy) bool { return h.unified() })
		if len(c.Hierarchies) == 0 {
			t.Skip("no cgroup v1 here")
		}
		killForking(t, c, script)
	})
}

func killForking(t *testing.T, c *Config, script string) {
	t.Helper()
	create(t, c)
	start(t, c, script)
	time.Sleep(50 * time.Millisecond)
	if pids, _ := c.Procs(); len(pids) == 0 {
		t.Fatal("nothing runs")
	}
	if err := c.Kill(context.Background(), unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	eventually(t, "no process is left", func() bool { pids, err := c.Procs(); return len(pids) == 0 && err == nil })
	time.Sleep(20 * time.Millisecond)
	if pids, _ := c.Procs(); len(pids) > 0 {
		t.Errorf("%v escaped", pids)
	}
}

// The creator of a container may die at any instant. Whatever it has made by
// then must go without it.
func TestDestroyAfterCreatorDied(t *testing.T) {
	each(t, func(t *testing.T, c *Config) {
		create(t, c)
		start(t, c, "exec sleep 100")
		var again Config
		for i, h := range c.Hierarchies {
			if i%2 == 0 { // as if it had died half-way
				again.Hierarchies = append(again.Hierarchies, h)
				continue
			}
			pids, err := procsBelow(h.Dir())
			if err != nil {
				t.Fatal(err)
			}
			for _, pid := range pids {
				write1(t, h.Mount+"/cgroup.procs", itoa(pid))
			}
			if err := os.Remove(h.Dir()); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.Kill(context.Background(), unix.SIGKILL); err != nil {
			t.Fatal(err)
		}
		if err := c.Destroy(context.Background()); err != nil {
			t.Error(err)
		}
	})
}

func TestFreeze(t *testing.T) {
	each(t, func(t *testing.T, c *Config) {
		if frozen, err := c.Frozen(); frozen || err != nil {
			t.Errorf("Frozen = %v, %v without a cgroup", frozen, err)
		}
		if err := c.Thaw(); err != nil {
			t.Error("thaw without a cgroup:", err)
		}
		create(t, c)
		cmd := start(t, c, "while true; do :; done")
		for _, want := range []bool{true, false, true} {
			var err error
			if want {
				err = c.Freeze(t.Context())
			} else {
				err = c.Thaw()
			}
			if err != nil {
				t.Fatal(err)
			}
			if frozen, err := c.Frozen(); frozen != want || err != nil {
				t.Errorf("Frozen = %v, %v, want %v", frozen, err, want)
			}
			// On a busy machine a thawed process may have to wait for a CPU.
			limit := 10 * time.Second
			if want {
				limit = 60 * time.Millisecond
			}
			before, used := cpuTime(t, cmd.Process.Pid), false
			for end := time.Now().Add(limit); !used && time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
				used = cpuTime(t, cmd.Process.Pid) != before
			}
			if used == want {
				t.Errorf("uses the CPU: %v, frozen: %v", used, want)
			}
		}
	})
}

func TestFreezeWithoutFreezer(t *testing.T) {
	c := &Config{Version: 1, Hierarchies: []Hierarchy{{Controllers: []string{"cpu"}, Mount: root, Path: "/none"}}}
	wantError(t, c.Freeze(context.Background()), "the host has no freezer cgroup controller")
	if frozen, err := c.Frozen(); frozen || err != nil {
		t.Errorf("Frozen = %v, %v", frozen, err)
	}
}
