package cgroup

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/oci-rt/rt/internal/linux"
	"github.com/oci-rt/rt/tests/need"
	"golang.org/x/sys/unix"
)

// newConfig locates a cgroup of the test's own on this host. At the end of
// the test everything in it is killed and it is removed.
func newConfig(t *testing.T) *Config {
	t.Helper()
	need.Root(t)
	c, err := Locate(fmt.Sprintf("/rt-test-%d/%s", os.Getpid(), t.Name()), "unused")
	if err != nil {
		t.Skip("no cgroups here: ", err)
	}
	cleanUp(t, c)
	return c
}

// newUnified is newConfig as if the host had cgroup v2 alone: on a hybrid host
// it uses the unified hierarchy, which has at least the core of v2.
func newUnified(t *testing.T) *Config {
	t.Helper()
	need.Root(t)
	mount := root
	if fsType(mount) != cgroup2Magic {
		mount += "/unified"
	}
	if fsType(mount) != cgroup2Magic {
		t.Skip("no cgroup v2 here")
	}
	h := Hierarchy{Mount: mount, Path: fmt.Sprintf("/rt-test-%d/%s", os.Getpid(), t.Name())}
	h.Parents = missingParents(&h)
	c := &Config{Version: 2, Hierarchies: []Hierarchy{h}}
	cleanUp(t, c)
	return c
}

// each runs a test on what this host has and as if it had v2 alone.
func each(t *testing.T, test func(t *testing.T, c *Config)) {
	t.Run("host", func(t *testing.T) { test(t, newConfig(t)) })
	t.Run("unified", func(t *testing.T) { test(t, newUnified(t)) })
}

func cleanUp(t *testing.T, c *Config) {
	t.Cleanup(func() {
		if err := c.Kill(context.Background(), unix.SIGKILL); err != nil {
			t.Error("kill what the test left:", err)
		}
		if err := c.Destroy(context.Background()); err != nil {
			t.Error(err)
		}
		if c.exists() {
			t.Error("a cgroup exists after Destroy")
		}
	})
}

// exists reports whether the container has a cgroup in any hierarchy.
func (c *Config) exists() bool {
	for i := range c.Hierarchies {
		if isDir(c.Hierarchies[i].Dir()) {
			return true
		}
	}
	return false
}

func create(t *testing.T, c *Config) {
	t.Helper()
	if err := c.Create(nil); err != nil {
		t.Fatal(err)
	}
}

// start starts a shell script and moves it into c.
func start(t *testing.T, c *Config, script string) *exec.Cmd {
	t.Helper()
	// The shell waits for a line, so that all it does happens in the cgroup.
	cmd := exec.Command(need.Busybox(t), "sh", "-c", "read line; "+script)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		c.Thaw() // or it would not die
		cmd.Wait()
	})
	if err := c.Add(cmd.Process.Pid); err != nil {
		t.Fatal(err)
	}
	in.Write([]byte("go\n"))
	return cmd
}

// eventually waits until a condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("never happened: ", what)
		}
	}
}

func write1(t *testing.T, path, data string) {
	t.Helper()
	if err := linux.WriteValues(path, data); err != nil {
		t.Fatal(err)
	}
}

// output runs a shell script in c and returns what it writes.
func output(t *testing.T, c *Config, script string) string {
	t.Helper()
	cmd := exec.Command(need.Busybox(t), "sh", "-c", "read line; "+script)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	cmd.Stdout = &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if err := c.Add(cmd.Process.Pid); err != nil {
		t.Error(err)
	}
	in.Write([]byte("go\n"))
	if err := cmd.Wait(); err != nil {
		t.Log(script, err)
	}
	return out.String()
}

func itoa(n int) string { return strconv.Itoa(n) }

// endOf waits for the end of a process and returns the signal that ended it.
func endOf(t *testing.T, cmd *exec.Cmd) unix.Signal {
	t.Helper()
	cmd.Wait()
	return cmd.ProcessState.Sys().(syscall.WaitStatus).Signal()
}

// cpuTime returns the user time of a process, in clock ticks.
func cpuTime(t *testing.T, pid int) string {
	t.Helper()
	stat, err := readFile("/proc/" + itoa(pid) + "/stat")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(stat[strings.LastIndexByte(stat, ')'):])[12]
}

// setIn writes a limit to a directory.
func setIn(l *limit, version int, dir string) error {
	w, err := l.changeIn(version, dir)
	if err != nil {
		return err
	}
	return w.write()
}
