package cgroup

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/oci-rt/rt/internal/waiting"
	"github.com/oci-rt/rt/tests/leak"
	"golang.org/x/sys/unix"
)

// deepen makes cgroups below c in every hierarchy, one in the other, whose path
// is longer than the kernel takes, and moves a process into the last of each.
// Beside them are empty ones.
func deepen(t *testing.T, c *Config, pid, depth int) {
	t.Helper()
	for i := range c.Hierarchies {
		h := &c.Hierarchies[i]
		tree, err := openTree(h.Dir())
		if err != nil {
			t.Fatal(err)
		}
		defer tree.close()
		for range depth {
			name := strings.Repeat("n", 200)
			for _, name := range []string{name, "beside"} {
				if err := unix.Mkdirat(tree.fd, name, 0o755); err != nil {
					t.Fatal(err)
				}
			}
			if err := tree.enter(name); err != nil {
				t.Fatal(err)
			}
		}
		if slices.Contains(h.Controllers, "cpuset") {
			continue // takes no process without CPUs of its own
		}
		if err := tree.write("cgroup.procs", itoa(pid)); err != nil {
			t.Fatal(err)
		}
		if slices.Contains(h.Controllers, "freezer") {
			if err := tree.write("freezer.state", "FROZEN"); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// Whatever a container makes in its cgroups, its processes are found, thawed and
// killed there, and the cgroups removed.
func TestDeepCgroups(t *testing.T) {
	each(t, func(t *testing.T, c *Config) {
		create(t, c)
		cmd := start(t, c, "exec sleep 100")
		const depth = 30 // of 200 bytes each: more than PATH_MAX
		deepen(t, c, cmd.Process.Pid, depth)
		descriptors := leak.OpenDescriptors()
		if pids, err := c.Procs(); !slices.Equal(pids, []int{cmd.Process.Pid}) || err != nil {
			t.Errorf("Procs = %v, %v, want %d", pids, err, cmd.Process.Pid)
		}
		if err := c.Kill(context.Background(), unix.SIGKILL); err != nil {
			t.Fatal(err)
		}
		if got := endOf(t, cmd); got != unix.SIGKILL {
			t.Errorf("ended by %v", got)
		}
		if err := c.Destroy(context.Background()); err != nil {
			t.Error(err)
		}
		if c.exists() {
			t.Error("a cgroup is left")
		}
		if left := leak.OpenDescriptors().Since(descriptors); left != nil {
			t.Errorf("left open: %q", left)
		}
	})
}

// A walk goes on when the cgroup at which it is, and those around it, are
// removed.
func TestWalkWhileRemoved(t *testing.T) {
	c := newUnified(t)
	create(t, c)
	dir := c.unified().Dir()
	if err := os.MkdirAll(dir+"/a/b/c", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(dir+"/z", 0o755); err != nil {
		t.Fatal(err)
	}
	var seen []string
	err := walk(dir, func(tree *tree) error {
		name := tree.here().name
		seen = append(seen, name)
		if name == "c" {
			for _, path := range []string{"/a/b/c", "/a/b", "/a"} {
				if err := os.Remove(dir + path); err != nil {
					t.Error(err)
				}
			}
		}
		return nil
	})
	slices.Sort(seen)
	if want := []string{"", "a", "b", "c", "z"}; !slices.Equal(seen, want) || err != nil {
		t.Errorf("seen %q, %v, want %q", seen, err, want)
	}
}

// A cgroup with a process in it is not removed: the error says which, and comes
// at the deadline.
func TestRemoveTreeInUse(t *testing.T) {
	c := newUnified(t)
	create(t, c)
	below := nested(t, c, "below")
	nested(t, c, "empty")
	pid := start(t, below, "exec sleep 100").Process.Pid
	var told []string
	ctx := waiting.With(t.Context(), func(what string) func() {
		told = append(told, what)
		return func() { told = append(told, "over") }
	})
	err := removeTree(ctx, c.unified().Dir(), time.Now().Add(50*time.Millisecond))
	if !errors.Is(err, unix.EBUSY) || !strings.Contains(err.Error(), "below: device or resource busy: 1 process(es) still in it, such as "+itoa(pid)) {
		t.Errorf("%v", err)
	}
	if want := []string{"the cgroups below " + c.unified().Dir() + " to be removed", "over"}; !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
	if isDir(c.unified().Dir() + "/empty") {
		t.Error("the one beside it is still there")
	}
}
