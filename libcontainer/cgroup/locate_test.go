package cgroup

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/oci-rt/rt/tests/need"
)

func TestParseOwnCgroups(t *testing.T) {
	got := parseOwnCgroups(`11:net_cls,net_prio:/
9:name=systemd:/user.slice/a:b
7:name=openrc:/sshd
5:devices:/
nonsense
0::/user.slice
`)
	want := []ownCgroup{
		{[]string{"net_cls", "net_prio"}, "/"},
		{[]string{"name=systemd"}, "/user.slice/a:b"},
		{[]string{"devices"}, "/"},
		{nil, "/user.slice"},
	}
	if d := cmp.Diff(want, got, cmp.AllowUnexported(ownCgroup{})); d != "" {
		t.Error("(-want +got)\n" + d)
	}
}

func TestHierarchies(t *testing.T) {
	got := hierarchies(`30 22 0:27 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
31 30 0:28 /a /mnt/with rw,relatime shared:9 master:1 - cgroup cgroup rw,cpuacct,cpu
39 30 0:36 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd
40 30 0:37 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
`)
	want := []cgroupMount{
		{mountPoint{"/mnt/with", "/a"}, []string{"rw", "cpuacct", "cpu"}},
		{mountPoint{"/sys/fs/cgroup/systemd", "/"}, []string{"rw", "xattr", "name=systemd"}},
	}
	if d := cmp.Diff(want, got, cmp.AllowUnexported(cgroupMount{}, mountPoint{})); d != "" {
		t.Error("(-want +got)\n" + d)
	}
}

func TestPlace(t *testing.T) {
	atRoot := &mountPoint{"/sys/fs/cgroup", "/"}
	below := &mountPoint{"/sys/fs/cgroup", "/docker/abc"}
	tests := []struct {
		name    string
		path    string // linux.cgroupsPath
		own     string
		mount   *mountPoint
		version int
		want    string // a path, or a part of the error
	}{
		{"absolute", "/a/b", "/own", atRoot, 1, "/a/b"},
		{"absolute, unclean", "/a/../../b//c/", "/own", atRoot, 1, "/b/c"},
		{"absolute, root not visible", "/a", "/docker/abc", below, 1, "/a"},
		{"relative", "a", "/own/x", atRoot, 1, "/own/x/a"},
		{"relative, v2", "a", "/own/x", atRoot, 2, "/own/a"},
		{"relative, v2, at the root", "a", "/", atRoot, 2, "/a"},
		{"relative, escaping", "../../a", "/own/x", atRoot, 1, "/own/x/a"},
		{"relative, root not visible", "a", "/docker/abc/x", below, 1, "/x/a"},
		{"relative, at the visible root", "a", "/docker/abc", below, 1, "/a"},
		{"empty", "", "/own", atRoot, 1, "/own/id"},
		{"empty, v2", "", "/own", atRoot, 2, "/id"},
		{"root", "/", "/own", atRoot, 1, "linux.cgroupsPath: is the root of the hierarchy"},
		{"root, escaping", "/..", "/own", atRoot, 1, "linux.cgroupsPath: is the root of the hierarchy"},
		{"own cgroup outside", "a", "/docker/abcd", below, 1, "/docker/abcd is not visible at /sys/fs/cgroup"},
		{"own cgroup outside of the namespace", "a", "/../x", atRoot, 2, "/../x is outside of the cgroup namespace"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := place(tt.path, "id", ownCgroup{nil, tt.own}, tt.mount, tt.version)
			if err != nil {
				got = err.Error()
			}
			if got != tt.want && (err == nil || !strings.Contains(got, tt.want)) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// No linux.cgroupsPath may lead out of the hierarchy.
func FuzzPlace(f *testing.F) {
	for _, path := range []string{"", "/", "a", "/a/b", "../..", "/../x", "a/../../../b", "./.", "a//b/"} {
		f.Add(path, "/own/x")
	}
	f.Fuzz(func(t *testing.T, path, own string) {
		for version := 1; version <= 2; version++ {
			got, err := place(path, "id", ownCgroup{nil, "/" + own}, &mountPoint{root, "/"}, version)
			if err != nil {
				continue
			}
			if got == "/" || filepath.Clean(got) != got || !filepath.IsLocal(got[1:]) {
				t.Errorf("%q in %q: %q", path, own, got)
			}
		}
	})
}

func TestLocate(t *testing.T) {
	if !need.HasCgroup1() && !need.HasCgroup2() {
		t.Skip("no cgroups here")
	}
	c, err := Locate("/no-such-parent/x/y", "id")
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range c.Hierarchies {
		if h.Path != "/no-such-parent/x/y" || h.Parents != 2 || !isDir(h.Mount) {
			t.Errorf("%+v", h)
		}
	}
	if c.exists() {
		t.Error("Locate made something")
	}
	if first := c.Hierarchies[0]; c.unified() != nil && !first.unified() {
		t.Errorf("the first hierarchy is %s", first.name())
	}
	data, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	var back Config
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(c, &back, cmpopts.IgnoreUnexported(Config{})); d != "" {
		t.Error("through JSON (-want +got)\n" + d)
	}
}

func TestSort(t *testing.T) {
	c := Config{Hierarchies: []Hierarchy{
		{Controllers: []string{"cpu"}}, {Controllers: []string{"freezer"}}, {Controllers: []string{"pids"}}, {},
	}}
	c.sort()
	var names []string
	for _, h := range c.Hierarchies {
		names = append(names, h.name())
	}
	if got := strings.Join(names, " "); got != "unified freezer cpu pids" {
		t.Error(got)
	}
}

// TestRoots: each hierarchy has its root, or there is none at all.
func TestRoots(t *testing.T) {
	own, err := ownCgroups()
	if err != nil {
		t.Fatal(err)
	}
	roots := Roots()
	if roots == nil && fsType(root) == cgroup2Magic {
		t.Fatal("cgroup v2 has no root")
	}
	for _, o := range own {
		h := Hierarchy{Controllers: o.controllers}
		point := roots[h.dirName()]
		switch {
		case roots == nil:
		case h.unified() && fsType(point) != cgroup2Magic:
			t.Errorf("%s is at %q, where is no cgroup v2", h.name(), point)
		case !h.unified() && !isHierarchyRoot(point):
			t.Errorf("%s is at %q, which is no root", h.name(), point)
		}
	}
}
