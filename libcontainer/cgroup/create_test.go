package cgroup

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	specs "github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

func pointer[T any](v T) *T { return &v }

func TestCreate(t *testing.T) {
	each(t, func(t *testing.T, c *Config) {
		create(t, c)
		for _, h := range c.Hierarchies {
			if !isDir(h.Dir()) {
				t.Error("missing", h.Dir())
			}
		}
		start(t, c, "exec sleep 100")
		pids, err := c.Procs()
		if err != nil || len(pids) == 0 {
			t.Errorf("Procs = %v, %v", pids, err)
		}
	})
}

func TestCreateUsesEmptyCgroup(t *testing.T) {
	each(t, func(t *testing.T, c *Config) {
		create(t, c)
		create(t, c)
	})
}

func TestCreateRefuses(t *testing.T) {
	each(t, func(t *testing.T, c *Config) {
		create(t, c)
		start(t, c, "exec sleep 100")
		wantError(t, c.Create(nil), "container's cgroup is not empty: 1 process(es)")
		if err := c.Freeze(context.Background()); err != nil {
			t.Fatal(err)
		}
		wantError(t, c.Create(nil), "not empty")
	})
	each(t, func(t *testing.T, c *Config) {
		create(t, c)
		if err := c.Freeze(context.Background()); err != nil {
			t.Fatal(err)
		}
		wantError(t, c.Create(nil), "container's cgroup unexpectedly frozen")
	})
}

// A new cgroup below a frozen one is frozen too: the init would hang.
func TestCreateRefusesFrozenParent(t *testing.T) {
	each(t, func(t *testing.T, c *Config) {
		create(t, c)
		if err := c.Freeze(context.Background()); err != nil {
			t.Fatal(err)
		}
		child := *c
		child.Hierarchies = nil
		for _, h := range c.Hierarchies {
			h.Path += "/child"
			child.Hierarchies = append(child.Hierarchies, h)
		}
		wantError(t, child.Create(nil), "container's cgroup unexpectedly frozen")
		if child.exists() {
			t.Error("Create left a cgroup behind")
		}
		if frozen, err := child.Frozen(); frozen || err != nil {
			t.Errorf("Frozen = %v, %v for a cgroup that is not", frozen, err)
		}
	})
}

// What Create made must be gone after an error, and what was there must stay.
func TestCreateUndoes(t *testing.T) {
	bad := &specs.LinuxResources{
		Devices: []specs.LinuxDeviceCgroup{
			{Allow: true, Type: "c", Major: pointer[int64](1), Access: "r"},
			{Type: "c", Major: pointer[int64](1), Minor: pointer[int64](99), Access: "r"},
		},
	}
	each(t, func(t *testing.T, c *Config) {
		wantError(t, c.Create(bad), "linux.resources.devices[1]: ")
		for _, h := range c.Hierarchies {
			if parent := filepath.Dir(h.Dir()); isDir(parent) {
				t.Error("left behind:", parent)
			}
		}
		create(t, c)
		wantError(t, c.Create(bad), "linux.resources.devices[1]: ")
		if !c.exists() {
			t.Error("Create removed a cgroup that it had not made")
		}
	})
}

// A container whose creation is refused because another one has its cgroup must
// not take that one with it when it is cleaned up.
func TestRefusedCreateSparesTheOther(t *testing.T) {
	each(t, func(t *testing.T, c *Config) {
		create(t, c)
		cmd := start(t, c, "exec sleep 100")
		if err := os.Mkdir(c.Hierarchies[0].Dir()+"/empty", 0o755); err != nil {
			t.Fatal(err)
		}
		second := *c
		second.Made = false
		wantError(t, second.Create(nil), "not empty")
		if pids, err := second.Procs(); len(pids) != 0 || err != nil {
			t.Errorf("Procs = %v, %v", pids, err)
		}
		if err := second.Kill(context.Background(), unix.SIGKILL); err != nil {
			t.Error(err)
		}
		if err := second.Destroy(context.Background()); err != nil {
			t.Error(err)
		}
		third := *c // whose creator died before Create
		third.Made = false
		if err := third.Destroy(context.Background()); !errors.Is(err, unix.EBUSY) {
			t.Errorf("Destroy = %v, want EBUSY", err)
		}
		if err := cmd.Process.Signal(unix.Signal(0)); err != nil || !isDir(c.Hierarchies[0].Dir()+"/empty") {
			t.Error("the other container is no longer whole:", err)
		}
		time.Sleep(10 * time.Millisecond)
		if pids, err := c.Procs(); len(pids) != 1 || err != nil {
			t.Errorf("the other container's processes are %v, %v", pids, err)
		}
	})
}

func TestCreateLimits(t *testing.T) {
	c := newConfig(t)
	needController(t, c, "memory")
	err := c.Create(&specs.LinuxResources{
		Memory: &specs.LinuxMemory{Limit: pointer[int64](256 << 10)},
		Pids:   &specs.LinuxPids{Limit: pointer[int64](7)},
		CPU:    &specs.LinuxCPU{Shares: pointer[uint64](512), Quota: pointer[int64](20000), Period: pointer[uint64](50000)},
	})
	if err != nil {
		t.Fatal(err)
	}
	if c.Version == 1 {
		wantFile(t, c, "memory", "memory.limit_in_bytes", "262144")
		wantFile(t, c, "cpu", "cpu.shares", "512")
		wantFile(t, c, "cpu", "cpu.cfs_quota_us", "20000")
		wantFile(t, c, "cpu", "cpu.cfs_period_us", "50000")
	} else {
		wantFile(t, c, "memory", "memory.max", "262144")
		wantFile(t, c, "cpu", "cpu.weight", "59")
		wantFile(t, c, "cpu", "cpu.max", "20000 50000")
	}
	wantFile(t, c, "pids", "pids.max", "7")
}

func TestCreateLimitErrors(t *testing.T) {
	tests := []struct {
		name string
		res  specs.LinuxResources
		want string
	}{
		{"quota", specs.LinuxResources{CPU: &specs.LinuxCPU{Quota: pointer[int64](10)}}, "linux.resources.cpu.quota: write"},
		{"cpus", specs.LinuxResources{CPU: &specs.LinuxCPU{Cpus: "4000"}}, "linux.resources.cpu.cpus: write"},
		{"shares", specs.LinuxResources{CPU: &specs.LinuxCPU{Shares: pointer[uint64](1)}}, "linux.resources.cpu.shares: the minimum allowed cpu-shares is 2"},
		{"rdma", specs.LinuxResources{Rdma: map[string]specs.LinuxRdma{"mlx5_1": {HcaHandles: pointer[uint32](3)}}}, "linux.resources.rdma"},
		{"unified", specs.LinuxResources{Unified: map[string]string{"memory.high": "1"}}, `linux.resources.unified["memory.high"]: needs cgroup v2`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newConfig(t)
			if c.Version == 2 {
				t.Skip("the expected texts are those of cgroup v1")
			}
			wantError(t, c.Create(&tt.res), tt.want)
		})
	}
}

// A cpuset cgroup without CPUs takes no processes, and neither do its children.
func TestCreateFillsCpusets(t *testing.T) {
	c := newConfig(t)
	h := c.controller("cpuset")
	if h == nil {
		t.Skip("no cpuset controller of cgroup v1")
	}
	h.Path += "/parent/child"
	h.Parents += 2
	create(t, c)
	for dir := h.Path; dir != "/"; dir = parent(dir) {
		for _, file := range []string{"cpuset.cpus", "cpuset.mems"} {
			if value, err := readFile(filepath.Join(h.Mount, dir, file)); strings.TrimSpace(value) == "" {
				t.Errorf("%s of %s is %q, %v", file, dir, value, err)
			}
		}
	}
}

func TestDestroy(t *testing.T) {
	each(t, func(t *testing.T, c *Config) {
		if err := c.Destroy(context.Background()); err != nil {
			t.Error("of what does not exist:", err)
		}
		create(t, c)
		for _, h := range c.Hierarchies {
			if err := os.MkdirAll(h.Dir()+"/a/b", 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.Mkdir(h.Dir()+"/c", 0o755); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.Destroy(context.Background()); err != nil {
			t.Fatal(err)
		}
		for _, h := range c.Hierarchies {
			if _, err := os.Stat(filepath.Dir(h.Dir())); !errors.Is(err, fs.ErrNotExist) {
				t.Error("left behind:", filepath.Dir(h.Dir()))
			}
		}
	})
}

func TestDestroyKeepsUsedParents(t *testing.T) {
	each(t, func(t *testing.T, c *Config) {
		create(t, c)
		other := c.Hierarchies[0]
		sibling := filepath.Dir(other.Dir()) + "/sibling"
		if err := os.Mkdir(sibling, 0o755); err != nil {
			t.Fatal(err)
		}
		defer os.Remove(sibling)
		if err := c.Destroy(context.Background()); err != nil || !isDir(sibling) {
			t.Error(err, isDir(sibling))
		}
	})
}

// An init whose creator died before the state said that the cgroups were made
// is about to end. Destroy waits so briefly for that that a busy machine may
// need some tries.
func TestDestroyOrphan(t *testing.T) {
	each(t, func(t *testing.T, c *Config) {
		for range 10 {
			create(t, c)
			orphan := start(t, c, "exec sleep 100")
			time.AfterFunc(5*time.Millisecond, func() { _ = orphan.Process.Kill() })
			onDisk := *c
			onDisk.Made = false
			if err := onDisk.Destroy(context.Background()); err != nil && !errors.Is(err, unix.EBUSY) {
				t.Fatal(err)
			}
			if !c.exists() {
				return
			}
			eventually(t, "the orphan's end", func() bool { pids, _ := c.Procs(); return len(pids) == 0 })
		}
		t.Error("left behind")
	})
}

func TestDestroyBusy(t *testing.T) {
	each(t, func(t *testing.T, c *Config) {
		create(t, c)
		cmd := start(t, c, "exec sleep 0.3")
		if err := c.Destroy(context.Background()); err != nil {
			t.Error("Destroy does not wait for a process that ends:", err)
		}
		cmd.Wait()
		create(t, c)
		start(t, c, "exec sleep 100")
		wantError(t, c.Destroy(context.Background()), "1 process(es) still in it, such as ")
	})
}

func needController(t *testing.T, c *Config, name string) {
	t.Helper()
	if c.Version == 1 && c.controller(name) == nil {
		t.Skip("no controller ", name)
	}
}

func wantError(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error is %q, want %q in it", err, want)
	}
}

func wantFile(t *testing.T, c *Config, controller, file, want string) {
	t.Helper()
	got, err := readFile(c.withController(controller) + "/" + file)
	if strings.TrimSpace(got) != want {
		t.Errorf("%s is %q, want %q (%v)", file, got, want, err)
	}
}
