package cgroup

import (
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// TestDelegate looks at who owns what in a cgroup that was delegated: the files
// that the kernel names, and no other.
func TestDelegate(t *testing.T) {
	c := newUnified(t)
	if err := c.Create(nil); err != nil {
		t.Fatal(err)
	}
	const owner = 12345
	if err := c.Delegate(owner); err != nil {
		t.Fatal(err)
	}
	dir := c.unified().Dir()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	delegated, err := os.ReadFile("/sys/kernel/cgroup/delegate")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append([]string{"."}, names(entries)...) {
		info, err := os.Lstat(dir + "/" + name)
		if err != nil {
			t.Fatal(err)
		}
		want := uint32(0)
		if name == "." || slices.Contains(strings.Fields(string(delegated)), name) {
			want = owner
		}
		if got := info.Sys().(*syscall.Stat_t).Uid; got != want {
			t.Errorf("%s belongs to %d, want %d", name, got, want)
		}
	}
}

func names(entries []os.DirEntry) []string {
	var list []string
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

// On v1, and for a container in its runtime's cgroup, nothing changes hands.
func TestDelegateNot(t *testing.T) {
	c := newUnified(t)
	if err := c.Create(nil); err != nil {
		t.Fatal(err)
	}
	for _, not := range []*Config{
		{Version: 1, Hierarchies: c.Hierarchies}, {Version: 2, Hierarchies: c.Hierarchies, Inherited: true}, {Version: 2},
	} {
		if err := not.Delegate(12345); err != nil {
			t.Error(err)
		}
		info, err := os.Stat(c.unified().Dir())
		if err != nil {
			t.Fatal(err)
		}
		if uid := info.Sys().(*syscall.Stat_t).Uid; uid != 0 {
			t.Errorf("%+v: the cgroup belongs to %d", not, uid)
		}
	}
}
