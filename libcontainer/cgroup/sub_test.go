package cgroup

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/oci-rt/rt/tests/need"
)

// withSub makes a cgroup below c in all hierarchies.
func withSub(t *testing.T, c *Config) {
	t.Helper()
	create(t, c)
	for i := range c.Hierarchies {
		if err := os.Mkdir(c.Hierarchies[i].Dir()+"/sub", 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

func TestSub(t *testing.T) {
	each(t, func(t *testing.T, c *Config) {
		withSub(t, c)
		for _, path := range []string{"/sub", "sub", "sub/", "./sub"} {
			sub, err := c.Sub(map[string]string{"": path})
			if err != nil {
				t.Fatal(err)
			}
			for i := range sub.Hierarchies {
				if got, want := sub.Hierarchies[i].Path, c.Hierarchies[i].Path+"/sub"; got != want {
					t.Errorf("%s: path %s, want %s", path, got, want)
				}
			}
		}
		if sub, err := c.Sub(map[string]string{"": "/"}); err != nil || sub.Hierarchies[0].Path != c.Hierarchies[0].Path {
			t.Errorf("/: %v, error %v", sub, err)
		}
		for path, want := range map[string]string{
			"/../x":  "leads out of the container's cgroup",
			"sub/..": "leads out",
			"none":   "the container has no such",
		} {
			_, err := c.Sub(map[string]string{"": path})
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: error %v, want %q", path, err, want)
			}
		}
		wantError(t, func() error { _, err := c.Sub(map[string]string{"nothing": "/"}); return err }(), "no hierarchy of this controller")
	})
}

func TestSubOfController(t *testing.T) {
	need.Cgroup1(t)
	each(t, func(t *testing.T, c *Config) {
		if c.controller("pids") == nil {
			t.Skip("no pids hierarchy here")
		}
		withSub(t, c)
		sub, err := c.Sub(map[string]string{"pids": "sub"})
		if err != nil {
			t.Fatal(err)
		}
		for i := range sub.Hierarchies {
			want := c.Hierarchies[i].Path
			if sub.Hierarchies[i].name() == "pids" {
				want += "/sub"
			}
			if got := sub.Hierarchies[i].Path; got != want {
				t.Errorf("%s: path %s, want %s", sub.Hierarchies[i].name(), got, want)
			}
		}
	})
}

func TestNear(t *testing.T) {
	each(t, func(t *testing.T, c *Config) {
		if c.unified() == nil {
			t.Skip("no unified hierarchy here")
		}
		withSub(t, c)
		cmd := exec.Command("sleep", "1000")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		defer cmd.Wait()
		defer cmd.Process.Kill()
		_, err := c.OfProcess(cmd.Process.Pid)
		wantError(t, err, "outside of the container's")
		if err := addTo(c.unified().Dir()+"/sub", cmd.Process.Pid); err != nil {
			t.Fatal(err)
		}
		near, err := c.OfProcess(cmd.Process.Pid)
		if err != nil || near.unified().Path != c.unified().Path+"/sub" {
			t.Errorf("near %v, error %v", near, err)
		}
	})
}
