package intelrdt

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// An update writes to the container's own class, and to no other.
func TestUpdate(t *testing.T) {
	f := newFake(t)
	g := f.mustMake(&specs.LinuxIntelRdt{})
	if err := errors.Join(g.CheckUpdate(), g.Update(&specs.LinuxIntelRdt{L3CacheSchema: "L3:0=f;1=f", MemBwSchema: "MB:0=20"})); err != nil {
		t.Fatal(err)
	}
	if got := f.read("c1/schemata"); !strings.HasPrefix(got, "L3:0=f;1=f\nMB:0=20\n") {
		t.Errorf("written: %q", got)
	}
	for _, id := range []string{"gold", "/"} {
		g := f.mustMake(&specs.LinuxIntelRdt{ClosID: id, L3CacheSchema: "L3:0=7ff"})
		if err := g.CheckUpdate(); err == nil || !strings.Contains(err.Error(), "may be shared") {
			t.Errorf("%s: %v", id, err)
		}
	}
}

// All threads join, this test's own for example.
func TestJoinAll(t *testing.T) {
	f := newFake(t)
	g := f.mustMake(&specs.LinuxIntelRdt{})
	rounds := 0
	err := g.JoinAll(func() ([]int, error) {
		rounds++
		return []int{os.Getpid(), 1 << 30}, nil
	})
	if err != nil || rounds < 2 {
		t.Fatal(err, rounds)
	}
	if f.read("c1/tasks") == "" {
		t.Error("nothing joined")
	}
	failed := errors.New("no list")
	if err := g.JoinAll(func() ([]int, error) { return nil, failed }); !errors.Is(err, failed) {
		t.Error(err)
	}
}
