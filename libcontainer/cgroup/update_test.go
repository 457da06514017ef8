package cgroup

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	specs "github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// updatable returns a fake v2 cgroup, made, with these files.
func updatable(t *testing.T, files map[string]string) (c *Config, read func() map[string]string) {
	t.Helper()
	below := map[string]string{"a/b/cgroup.controllers": "cpu cpuset io memory pids\n"}
	for name, content := range files {
		below["a/b/"+name] = content
	}
	c = fakeTree(t, below)
	c.Made = true
	return c, func() map[string]string {
		got := map[string]string{}
		for name := range files {
			got[name] = fakeContent(t, c.unified().Dir(), name)
		}
		return got
	}
}

// A file of v2 that is about two settings is written with what the other one
// is.
func TestUpdateCompletes(t *testing.T) {
	tests := []struct {
		name string
		res  specs.LinuxResources
		want map[string]string // besides what was there
	}{
		{"nothing", specs.LinuxResources{}, nil},
		{"quota", specs.LinuxResources{CPU: &specs.LinuxCPU{Quota: pointer[int64](7000)}}, map[string]string{"cpu.max": "7000 20000"}},
		{"no quota", specs.LinuxResources{CPU: &specs.LinuxCPU{Quota: pointer[int64](-1)}}, map[string]string{"cpu.max": "max 20000"}},
		{"period", specs.LinuxResources{CPU: &specs.LinuxCPU{Period: pointer[uint64](50000)}}, map[string]string{"cpu.max": "10000 50000"}},
		{"both", specs.LinuxResources{CPU: &specs.LinuxCPU{Period: pointer[uint64](50000), Quota: pointer[int64](7000)}}, map[string]string{"cpu.max": "7000 50000"}},
		{"swap", specs.LinuxResources{Memory: &specs.LinuxMemory{Swap: pointer[int64](5000000)}},
			map[string]string{"memory.swap.max": "1000000", "memory.max": "4000000"}},
		{"limit", specs.LinuxResources{Memory: &specs.LinuxMemory{Limit: pointer[int64](9000000)}}, map[string]string{"memory.max": "9000000"}},
		{"no limit", specs.LinuxResources{Memory: &specs.LinuxMemory{Limit: pointer[int64](-1)}},
			map[string]string{"memory.max": "max", "memory.swap.max": "max"}},
		{"pids", specs.LinuxResources{Pids: &specs.LinuxPids{Limit: pointer[int64](0)}}, map[string]string{"pids.max": "1"}},
		{"no pids", specs.LinuxResources{Pids: &specs.LinuxPids{Limit: pointer[int64](-1)}}, map[string]string{"pids.max": "max"}},
		{"unified", specs.LinuxResources{Unified: map[string]string{"memory.max": "8", "cgroup.max.depth": "3"}},
			map[string]string{"memory.max": "8", "cgroup.max.depth": "3"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			files := map[string]string{
				"cpu.max": "10000 20000\n", "memory.max": "4000000\n", "memory.swap.max": "0\n", "pids.max": "7\n", "cgroup.max.depth": "max\n",
			}
			want := maps.Clone(files)
			for name, value := range tt.want {
				want[name] = over(files[name], value)
			}
			c, read := updatable(t, files)
			if err := c.Update(context.Background(), &tt.res, nil); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(want, read()); d != "" {
				t.Error("(-want +got)\n" + d)
			}
		})
	}
}

// over is what a plain file has when a shorter or longer text was written over
// the old one. Those of cgroups take a text whole.
func over(old, text string) string { return text + old[min(len(old), len(text)):] }

// What cannot be is found before anything is written, and told all at once.
func TestUpdateChecksFirst(t *testing.T) {
	tests := []struct {
		res  specs.LinuxResources
		want string
	}{
		{specs.LinuxResources{Memory: &specs.LinuxMemory{Swap: pointer[int64](3999999)}},
			"linux.resources.memory.swap: is 3999999, less than the limit for memory 4000000 (want the sum of memory and swap)"},
		{specs.LinuxResources{
			Pids: &specs.LinuxPids{Limit: pointer[int64](3)}, CPU: &specs.LinuxCPU{Idle: pointer[int64](1), Cpus: "0"}},
			"linux.resources.cpu.idle: open DIR/cpu.idle: no such file or directory\n" +
				"linux.resources.cpu.cpus: open DIR/cpuset.cpus: no such file or directory"},
		{specs.LinuxResources{
			Pids: &specs.LinuxPids{Limit: pointer[int64](3)}, HugepageLimits: []specs.LinuxHugepageLimit{{Pagesize: "2MB", Limit: 1}}},
			"linux.resources.hugepageLimits: needs the hugetlb cgroup controller, which this host does not have (leave the limit out, or mount the controller and enable it)"},
		{specs.LinuxResources{
			Pids:    &specs.LinuxPids{Limit: pointer[int64](3)},
			Network: &specs.LinuxNetwork{ClassID: pointer[uint32](5)}, Memory: &specs.LinuxMemory{Swappiness: pointer[uint64](5)}},
			"linux.resources.memory.swappiness: needs cgroup v1\nlinux.resources.network.classID: needs cgroup v1"},
		{specs.LinuxResources{Memory: &specs.LinuxMemory{Limit: pointer[int64](2000000), CheckBeforeUpdate: pointer(true)}},
			"linux.resources.memory.limit: rejecting memory limit 2000000 <= usage 3000000"},
		{specs.LinuxResources{Unified: map[string]string{"pids.max": "1", "memory.x/y": "1"}},
			`linux.resources.unified["memory.x/y"]: "memory.x/y" is not a file of a cgroup`},
	}
	for _, tt := range tests {
		files := map[string]string{"memory.max": "4000000\n", "memory.swap.max": "0\n", "memory.current": "3000000\n", "pids.max": "7\n"}
		c, read := updatable(t, files)
		err := c.Update(context.Background(), &tt.res, nil)
		if err == nil {
			t.Error("no error, want", tt.want)
			continue
		}
		if d := cmp.Diff(tt.want, strings.ReplaceAll(err.Error(), c.unified().Dir(), "DIR")); d != "" {
			t.Error("(-want +got)\n" + d)
		}
		if d := cmp.Diff(files, read()); d != "" {
			t.Error("written nevertheless: (-want +got)\n" + d)
		}
	}
}

func TestUpdateWithoutCgroup(t *testing.T) {
	c, _ := updatable(t, nil)
	const want = "linux.resources: the container has no cgroup of its own, so its limits cannot be changed"
	c.Inherited = true
	wantError(t, c.Update(context.Background(), &specs.LinuxResources{}, nil), want)
	c.Inherited, c.Made = false, false
	wantError(t, c.Update(context.Background(), &specs.LinuxResources{}, nil), want)
}

func TestUpdateNoSwapLimitAlone(t *testing.T) {
	c, _ := updatable(t, map[string]string{"memory.max": "max\n", "memory.swap.max": "0\n"})
	err := c.Update(context.Background(), &specs.LinuxResources{Memory: &specs.LinuxMemory{Swap: pointer[int64](5)}}, nil)
	wantError(t, err, "linux.resources.memory.swap: is 5, but there is no limit for memory (want that limit too)")
}

// When the kernel refuses a value, those written before are what they were.
func TestUpdateUndoes(t *testing.T) {
	each(t, func(t *testing.T, c *Config) {
		pids := "pids.max"
		res := &specs.LinuxResources{Pids: &specs.LinuxPids{Limit: pointer[int64](77)}}
		fault := "linux.resources.cpu.cpus"
		if c.Version == 2 {
			pids, fault = "cgroup.max.depth", `linux.resources.unified["cgroup.type"]`
			res = &specs.LinuxResources{Unified: map[string]string{"cgroup.max.depth": "77", "cgroup.type": "nonsense"}}
		} else {
			needController(t, c, "pids")
			needController(t, c, "cpuset")
			res.CPU = &specs.LinuxCPU{Cpus: "70000"}
		}
		create(t, c)
		dir := c.withController("pids")
		before, err := readFile(dir + "/" + pids)
		if err != nil {
			t.Fatal(err)
		}
		err = c.Update(context.Background(), res, nil)
		wantError(t, err, fault+": write ")
		if errors.Is(err, fs.ErrNotExist) {
			t.Error(err)
		}
		if after, _ := readFile(dir + "/" + pids); after != before {
			t.Errorf("%s is %q, was %q", pids, after, before)
		}
	})
}

// Limits of memory and swap move up and down together on either version: the
// kernel takes them in one order or in the other.
func TestUpdateMemory(t *testing.T) {
	c := newConfig(t)
	needController(t, c, "memory")
	if err := c.Create(&specs.LinuxResources{Memory: &specs.LinuxMemory{Limit: pointer[int64](64 << 20), Swap: pointer[int64](128 << 20)}}); err != nil {
		if isErrno(err, unix.ENOENT) {
			t.Skip("no accounting of swap: ", err)
		}
		t.Fatal(err)
	}
	files := []string{"memory.limit_in_bytes", "memory.memsw.limit_in_bytes"}
	if c.Version == 2 {
		files = []string{"memory.max", "memory.swap.max"}
	}
	for _, step := range []struct{ limit, swap, v1Sum, v2Swap int64 }{
		{256 << 20, 512 << 20, 512 << 20, 256 << 20},
		{16 << 20, 32 << 20, 32 << 20, 16 << 20},
		{24 << 20, 0, 32 << 20, 16 << 20},
		{0, 64 << 20, 64 << 20, 40 << 20},
	} {
		if err := c.Update(context.Background(), &specs.LinuxResources{Memory: &specs.LinuxMemory{Limit: &step.limit, Swap: &step.swap}}, nil); err != nil {
			t.Fatal(step, err)
		}
		want := []int64{step.limit, step.v1Sum}
		if c.Version == 2 {
			want[1] = step.v2Swap
		}
		for i, file := range files {
			n, _ := readBytes(c.withController("memory") + "/" + file)
			if want[i] != 0 && int64(n) != want[i] {
				t.Errorf("%v: %s is %d, want %d", step, file, n, want[i])
			}
		}
	}
	if c.Version == 1 {
		err := c.Update(context.Background(), &specs.LinuxResources{Memory: &specs.LinuxMemory{Limit: pointer[int64](1 << 30)}}, nil)
		wantError(t, err, "the limit of memory and swap together is 67108864 (set linux.resources.memory.swap too)")
	}
}
