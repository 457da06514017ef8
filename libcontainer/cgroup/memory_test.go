package cgroup

import (
	"testing"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

func TestOOM(t *testing.T) {
	c := newConfig(t)
	if c.OOM() != "" {
		t.Error("OOM without a cgroup: ", c.OOM())
	}
	needController(t, c, "memory")
	limit := pointer[int64](4 << 20)
	if err := c.Create(&specs.LinuxResources{Memory: &specs.LinuxMemory{Limit: limit}}); err != nil {
		t.Fatal(err)
	}
	output(t, c, "true")
	if c.OOM() != "" {
		t.Error("OOM of a process that ended well: ", c.OOM())
	}
	output(t, c, "head -c 32m /dev/zero | tail -c 32m >/dev/null")
	want := "was killed for lack of memory: linux.resources.memory.limit is 4 MiB, it used up to 4 MiB"
	if got := c.OOM(); got != want {
		t.Errorf("OOM is %q, want %q", got, want)
	}
}
