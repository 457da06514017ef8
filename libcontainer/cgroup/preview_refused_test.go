package cgroup

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// TestPreviewRefused has hosts made of directories: what a cgroup that does not exist yet
// cannot be limited in.
func TestPreviewRefused(t *testing.T) {
	mount := t.TempDir()
	if err := os.MkdirAll(mount+"/slice", 0o755); err != nil {
		t.Fatal(err)
	}
	for dir, controllers := range map[string]string{"": "cpu memory pids\n", "/slice": "memory\n"} {
		if err := os.WriteFile(filepath.Join(mount+dir, "cgroup.controllers"), []byte(controllers), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	limit, check, shares := int64(1<<30), true, uint64(2)
	res := &specs.LinuxResources{
		Memory: &specs.LinuxMemory{Limit: &limit, CheckBeforeUpdate: &check}, // in use by others, which does not matter
		Pids:   &specs.LinuxPids{Limit: &limit}, CPU: &specs.LinuxCPU{Shares: &shares},
		Network: &specs.LinuxNetwork{Priorities: []specs.LinuxInterfacePriority{{Name: "a"}}},
		Unified: map[string]string{"cgroup.max.depth": "1"},
	}
	const hint = " (leave the limit out, or mount the controller and enable it)"
	two := func(path string) *Config {
		return &Config{Version: 2, Hierarchies: []Hierarchy{{Mount: mount, Path: path}}}
	}
	one := &Config{Version: 1, Hierarchies: []Hierarchy{{Controllers: []string{"memory"}, Mount: mount, Path: "/new/c"}, {Mount: mount, Path: "/c"}}}
	for _, x := range []struct {
		c    *Config
		want []string
	}{
		{two("/new/c"), []string{"linux.resources.network.priorities: needs cgroup v1"}},
		{two("/slice/new/c"), []string{
			"linux.resources.cpu: needs the cpu cgroup controller: " + mount + "/slice does not have it",
			"linux.resources.pids: needs the pids cgroup controller: " + mount + "/slice does not have it",
			"linux.resources.network.priorities: needs cgroup v1",
		}},
		{one, []string{
			"linux.resources.cpu: needs the cpu cgroup controller, which this host does not have" + hint,
			"linux.resources.pids: needs the pids cgroup controller, which this host does not have" + hint,
			"linux.resources.network.priorities: needs the net_prio cgroup controller, which this host does not have" + hint,
			`linux.resources.unified["cgroup.max.depth"]: needs cgroup v2`,
		}},
	} {
		p, err := x.c.Preview(res)
		got := errors.Join(append(p.Refused, err)...)
		if got == nil || got.Error() != strings.Join(x.want, "\n") {
			t.Errorf("%s:\n%v\nwant\n%s", x.c.Hierarchies[0].Path, got, strings.Join(x.want, "\n"))
		}
	}
	if _, err := os.Stat(mount + "/new"); err == nil {
		t.Error("a cgroup was made")
	}
	if err := two("/new/c").MayCreate(); err != nil {
		t.Error(err)
	}
}
