package cgroup

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// fakeTree is a directory that looks like a cgroup v2 hierarchy with the
// cgroups /a and /a/b. Writing to its files has no effect but their content.
func fakeTree(t *testing.T, files map[string]string) *Config {
	t.Helper()
	mount := t.TempDir()
	if err := os.MkdirAll(mount+"/a/b", 0o755); err != nil {
		t.Fatal(err)
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(mount, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return &Config{Version: 2, Hierarchies: []Hierarchy{{Mount: mount, Path: "/a/b"}}}
}

func TestPassControllers(t *testing.T) {
	tests := []struct {
		name  string
		files map[string]string
		want  map[string]string
	}{
		{
			"all there",
			map[string]string{
				"cgroup.controllers": "cpu memory\n", "a/b/cgroup.controllers": "cpu memory\n",
				"cgroup.subtree_control": "-", "a/cgroup.subtree_control": "-",
			},
			map[string]string{"cgroup.subtree_control": "-", "a/cgroup.subtree_control": "-"},
		},
		{
			"some missing",
			map[string]string{
				"cgroup.controllers": "cpu memory pids\n", "a/cgroup.controllers": "cpu memory pids\n", "a/b/cgroup.controllers": "cpu\n",
				"cgroup.subtree_control": "pids cpu\n", "a/cgroup.subtree_control": "cpu\n",
			},
			map[string]string{"cgroup.subtree_control": "+memory\n", "a/cgroup.subtree_control": "+memory +pids"},
		},
		{
			"not all delegated",
			map[string]string{
				"cgroup.controllers": "cpu memory\n", "a/cgroup.controllers": "cpu\n", "a/b/cgroup.controllers": "",
				"cgroup.subtree_control": "cpu\n", "a/cgroup.subtree_control": "",
			},
			map[string]string{"cgroup.subtree_control": "+memory", "a/cgroup.subtree_control": "+cpu"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := fakeTree(t, tt.files)
			h := c.unified()
			if err := h.passControllers(); err != nil {
				t.Fatal(err)
			}
			for name, want := range tt.want {
				// A shorter text leaves the rest of the file's content.
				if got, _ := readFile(filepath.Join(h.Mount, name)); !strings.HasPrefix(got, strings.TrimSpace(want)) {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
		})
	}
}

// TestPassOnNothing: a parent with processes stays what it is, though the
// kernel would let it pass on controllers of threads.
func TestPassOnNothing(t *testing.T) {
	c := newConfig(t)
	if c.Version != 2 {
		t.Skip("needs cgroup v2 with its controllers")
	}
	create(t, c)
	start(t, c, "exec sleep 100")
	child := nested(t, c, "child")
	start(t, child, "exec sleep 100") // can enter it
	if kind, err := readFile(c.unified().Dir() + "/cgroup.type"); kind != "domain\n" {
		t.Errorf("the parent's cgroup.type is %q, %v", kind, err)
	}
	limited := *c
	limited.Hierarchies = []Hierarchy{{Mount: root, Path: c.unified().Path + "/limited"}}
	err := limited.Create(&specs.LinuxResources{Pids: &specs.LinuxPids{Limit: pointer[int64](1)}})
	wantError(t, err, "linux.resources.pids: needs the pids cgroup controller: "+
		c.unified().Dir()+" cannot pass controllers on: it has processes of its own")
}

func TestPrepareV2(t *testing.T) {
	memory := &specs.LinuxResources{Memory: &specs.LinuxMemory{Limit: pointer[int64](1)}}
	pids := &specs.LinuxResources{Pids: &specs.LinuxPids{Limit: pointer[int64](1)}}
	unified := &specs.LinuxResources{Unified: map[string]string{"cpu.max": "1"}}
	coreFile := &specs.LinuxResources{Unified: map[string]string{"cgroup.max.depth": "1"}}
	unavailable := &specs.LinuxResources{Unified: map[string]string{"io.max": "1"}}
	swappiness := &specs.LinuxResources{Memory: &specs.LinuxMemory{Swappiness: pointer[uint64](1)}}
	tests := []struct {
		name string
		kind string
		res  *specs.LinuxResources
		want string
		then string // cgroup.type afterwards
	}{
		{"no limits", "domain", nil, "", "domain"},
		{"available", "domain", pids, "", "domain"},
		{"by name", "domain", unified, "", "domain"},
		{"by name, core", "domain", coreFile, "", "domain"},
		{"by name, not available", "domain", unavailable,
			`linux.resources.unified["io.max"]: needs the io cgroup controller, which this host does not have (leave the limit out, or mount the controller and enable it)`, "domain"},
		{"not available", "domain", memory, "linux.resources.memory: needs the memory cgroup controller, which this host does not have (leave the limit out, or mount the controller and enable it)", "domain"},
		{"threaded parent", "domain invalid", pids, "", "threaded"},
		{"threaded parent, domain controller", "domain invalid", memory, `linux.resources.memory: the memory controller cannot be used in `, "domain invalid"},
		{"not on v2", "domain", swappiness, "", "domain"}, // that is for setLimits to say
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := fakeTree(t, map[string]string{
				"cgroup.controllers": "pids cpu\n", "a/b/cgroup.controllers": "pids cpu\n", "a/b/cgroup.type": tt.kind + "\n",
			})
			if err := c.prepareV2(limitsOf(tt.res)); tt.want != "" {
				wantError(t, err, tt.want)
			} else if err != nil {
				t.Error(err)
			}
			if kind, _ := readFile(c.unified().Dir() + "/cgroup.type"); !strings.HasPrefix(kind, tt.then) {
				t.Errorf("cgroup.type is %q, want %q", kind, tt.then)
			}
		})
	}
}

func TestNotOnV2(t *testing.T) {
	c := newUnified(t)
	err := c.Create(&specs.LinuxResources{Memory: &specs.LinuxMemory{Swappiness: pointer[uint64](1)}})
	wantError(t, err, "linux.resources.memory.swappiness: needs cgroup v1")
	err = c.Create(&specs.LinuxResources{Unified: map[string]string{"no/file": "1"}})
	wantError(t, err, `linux.resources.unified["no/file"]: `)
	err = c.Create(&specs.LinuxResources{Unified: map[string]string{"nosuch.file": "1"}})
	wantError(t, err, `linux.resources.unified["nosuch.file"]: needs the nosuch cgroup controller, which this host does not have (leave the limit out, or mount the controller and enable it)`)
	err = c.Create(&specs.LinuxResources{Network: &specs.LinuxNetwork{ClassID: pointer[uint32](1)}})
	wantError(t, err, "linux.resources.network.classID: needs cgroup v1")
	err = c.Create(&specs.LinuxResources{BlockIO: &specs.LinuxBlockIO{LeafWeight: pointer[uint16](10)}})
	wantError(t, err, "linux.resources.blockIO.leafWeight: needs cgroup v1")
	err = c.Create(&specs.LinuxResources{CPU: &specs.LinuxCPU{RealtimeRuntime: pointer[int64](10)}})
	wantError(t, err, "linux.resources.cpu.realtimeRuntime: needs cgroup v1")
	if err := c.Create(&specs.LinuxResources{Unified: map[string]string{"cgroup.max.descendants": "3"}}); err != nil {
		t.Error(err)
	}
	if got, _ := readFile(c.unified().Dir() + "/cgroup.max.descendants"); got != "3\n" {
		t.Errorf("cgroup.max.descendants is %q", got)
	}
}
