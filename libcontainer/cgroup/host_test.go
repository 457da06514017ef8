package cgroup

import (
	"fmt"
	"os"
	"testing"
)

// newConfig locates a cgroup of the test's own and removes it at the end.
// Tests that need real cgroups call it first.
func newConfig(t *testing.T) *Config {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("needs root")
	}
	c, err := Locate(fmt.Sprintf("/rt-test-%d/%s", os.Getpid(), t.Name()), "unused")
	if err != nil {
		t.Skip("no cgroups here: ", err)
	}
	t.Cleanup(func() {
		if err := c.Destroy(); err != nil {
			t.Error("destroy:", err)
		}
		if c.Exists() {
			t.Error("the cgroup exists after Destroy")
		}
	})
	return c
}

func TestTry(t *testing.T) {
	c := newConfig(t)
	if err := c.Create(nil); err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", c)
	for _, h := range c.Hierarchies {
		t.Log(h.Dir())
	}
	d, _ := readFile(c.withController("devices") + "/devices.list")
	t.Log(d)
}
